"""The peer of quantizationPeer.ts: FOLDER DIMS -> FOLDER/peer.json, the way onnxruntime's own guide does it."""

import json
import sys
import time
from pathlib import Path

import numpy
import onnxruntime
from onnxruntime.quantization.calibrate import CalibrationDataReader
from onnxruntime.quantization.qdq_loss_debug import (
    collect_activations,
    compute_activation_error,
    create_activation_matching,
    modify_model_output_intermediate_tensors,
)

folder, dims = Path(sys.argv[1]), [int(size) for size in sys.argv[2].split(",")]
pictures = numpy.fromfile(folder / "pictures.f32", numpy.float32).reshape([-1, *dims])


class Pictures(CalibrationDataReader):
    def __init__(self):
        self.rest = iter(pictures)

    def get_next(self):
        picture = next(self.rest, None)
        return None if picture is None else {"pixel_values": picture}


def activations(name):
    augmented = str(folder / f"{name}.augmented.onnx")
    modify_model_output_intermediate_tensors(str(folder / f"{name}.onnx"), augmented)
    # What the function sets by itself, and one thread like the other side.
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 1
    return collect_activations(augmented, Pictures(), options)


cpu, wall = time.process_time(), time.perf_counter()
matching = create_activation_matching(activations("quantized"), activations("float"))
errors = compute_activation_error(matching)
result = {
    "sqnrDb": {name: error["xmodel_err"] for name, error in errors.items()},
    "cpuS": time.process_time() - cpu,
    "wallS": time.perf_counter() - wall,
    "version": onnxruntime.__version__,
}
(folder / "peer.json").write_text(json.dumps(result))
