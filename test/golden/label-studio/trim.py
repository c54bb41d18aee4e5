"""Recorded exchanges with Label Studio 1.23.2, cut down to what the codec reads.

python3 test/golden/label-studio/trim.py FOLDER-OF-RECORDINGS > test/golden/label-studio/recordings.json

The recorder shortened brush masks of annotations to 12 bytes; where the annotator left a pre-label untouched, the mask is
that of the recorded prediction, which begins with the same bytes. The other one stays broken off.
"""
import json
import pathlib
import sys

folder = pathlib.Path(sys.argv[1])
read = lambda name: json.loads((folder / f"{name}.json").read_text())

predictions = {name: read(f"prediction_{name}") for name in ("brush_hard", "brush_soft_probability", "polygon")}
masks = [region["value"].get("rle", []) for one in predictions.values() for region in one["result"]]


def whole(annotation):
    for region in annotation["result"]:
        short = region["value"]["rle"][:-1]
        region["value"]["rle"] = next((m for m in masks if m[: len(short)] == short), short)
    return annotation


hook = lambda name: {k: v for k, v in read(f"webhook_{name}")["body"].items() if k == "annotation"}
print(
    json.dumps(
        {
            "parsed_label_config": read("project_created")["parsed_label_config"],
            "predictions": predictions,
            "edited": whole(read("annotation_from_ui_brush_hard")[0]),
            "accepted": whole(read("annotation_from_ui_brush_soft_probability")[0]),
            "exported": whole(read("export_json_task")["annotations"][0]),
            "created": hook("ANNOTATION_CREATED_custom_headers")["annotation"],
            "skipped": hook("ANNOTATION_CREATED_skipped")["annotation"],
        },
        separators=(",", ":"),
    )
)
