"""What Pillow makes of photo.jpg: decoded, and resized with its antialiased bilinear filter, which is torchvision's.

Run in this folder with Pillow 13.0.0: python3 make.py
"""

from PIL import Image

image = Image.open("photo.jpg").convert("RGB")
image.save("decoded.png", optimize=True)
for width, height in ((137, 103), (227, 170)):
    image.resize((width, height), Image.Resampling.BILINEAR).save(f"{width}x{height}.png", optimize=True)
