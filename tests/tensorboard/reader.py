"""Prints as JSON what TensorBoard's own reader finds in a folder of event files."""

import json
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

accumulator = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0, "histograms": 0, "images": 0})
accumulator.Reload()
tags = accumulator.Tags()
json.dump(
    {
        "scalars": {tag: [[event.step, event.value] for event in accumulator.Scalars(tag)] for tag in tags["scalars"]},
        "histograms": {
            tag: [[event.step, event.histogram_value.num] for event in accumulator.Histograms(tag)]
            for tag in tags["histograms"]
        },
        "images": {
            tag: [[event.step, [event.width, event.height, event.encoded_image_string.hex()]] for event in accumulator.Images(tag)]
            for tag in tags["images"]
        },
    },
    sys.stdout,
)
