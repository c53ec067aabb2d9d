import sharp from 'sharp';
import { RandomStream, StreamPurpose } from '@tandem/core';

export const SCENES = ['boat', 'house', 'tree'] as const;
export const SCENE_WIDTH = 192;
export const SCENE_HEIGHT = 144;

/** A drawing in colour, wider than high, of one of three things; no two are alike. As SVG. */
export function scene(index: number, label: number): string {
  const random = new RandomStream(17, StreamPurpose.split, index, label);
  const within = (low: number, high: number) => low + random.below(high - low + 1);
  const colour = (hue: number) => `hsl(${(hue + within(-18, 18) + 360) % 360},${within(45, 80)}%,${within(40, 60)}%)`;
  const [sky, sun, x, ground] = [colour(205), colour(45), within(70, 122), within(98, 112)];
  const size = within(34, 46);
  const things = [
    () => `<rect y="${ground}" width="192" height="60" fill="${colour(215)}"/>
      <path d="M${x - size} ${ground - 6}h${2 * size}l-14 20h${28 - 2 * size}z" fill="${colour(20)}"/>
      <path d="M${x} ${ground - 10}v${-size - 14}l${size} ${size + 12}z" fill="${colour(0)}"/>
      <path d="M${x - 4} ${ground - 10}v${-size}l${-size + 8} ${size}z" fill="#f4f0e4"/>`,
    () => `<rect y="${ground}" width="192" height="60" fill="${colour(110)}"/>
      <rect x="${x - size}" y="${ground - size}" width="${2 * size}" height="${size + 10}" fill="${colour(35)}"/>
      <path d="M${x - size - 8} ${ground - size}l${size + 8} -28l${size + 8} 28z" fill="${colour(5)}"/>
      <rect x="${x - 8}" y="${ground - 18}" width="16" height="28" fill="${colour(25)}"/>
      <rect x="${x - size + 8}" y="${ground - size + 8}" width="14" height="14" fill="#fdf3b0"/>
      <rect x="${x + size - 22}" y="${ground - size + 8}" width="14" height="14" fill="#fdf3b0"/>`,
    () => `<rect y="${ground}" width="192" height="60" fill="${colour(90)}"/>
      <rect x="${x - 6}" y="${ground - 44}" width="12" height="54" fill="${colour(28)}"/>
      <circle cx="${x}" cy="${ground - 56}" r="${size - 8}" fill="${colour(130)}"/>
      <circle cx="${x - 18}" cy="${ground - 44}" r="${size - 20}" fill="${colour(120)}"/>
      <circle cx="${x + 16}" cy="${ground - 42}" r="${size - 22}" fill="${colour(140)}"/>`,
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${SCENE_WIDTH}" height="${SCENE_HEIGHT}">
    <rect width="192" height="144" fill="${sky}"/>
    <circle cx="${within(15, 50)}" cy="${within(16, 40)}" r="${within(9, 14)}" fill="${sun}"/>
    ${things[label]!()}
  </svg>`;
}

/** The same as a JPEG. */
export function sceneJpeg(index: number, label: number): Promise<Buffer> {
  return sharp(Buffer.from(scene(index, label)))
    .jpeg({ quality: 90 })
    .toBuffer();
}
