"""Runs a model on XNNPACK with one thread: reads numbers of inferences line by line, answers with nanoseconds."""
import sys
import time

import numpy
from ai_edge_litert.interpreter import Interpreter

interpreter = Interpreter(sys.argv[1], num_threads=1)
interpreter.allocate_tensors()
picture = interpreter.get_input_details()[0]
noise = numpy.random.default_rng(0).random(picture["shape"], dtype=numpy.float32)
interpreter.set_tensor(picture["index"], noise)
print("ready", flush=True)
for line in sys.stdin:
    start = time.perf_counter_ns()
    for _ in range(int(line)):
        interpreter.invoke()
    print(time.perf_counter_ns() - start, flush=True)
