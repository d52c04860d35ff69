"""Runs a model on XNNPACK with one thread. Reads a number of inferences from each line and prints their nanoseconds."""
import sys
import time

import numpy
from ai_edge_litert.interpreter import Interpreter

interpreter = Interpreter(sys.argv[1], num_threads=1)
interpreter.allocate_tensors()
image = interpreter.get_input_details()[0]
noise = numpy.random.default_rng(0).random(image["shape"], dtype=numpy.float32)
interpreter.set_tensor(image["index"], noise)
print("ready", flush=True)
for line in sys.stdin:
    start = time.perf_counter_ns()
    for _ in range(int(line)):
        interpreter.invoke()
    print(time.perf_counter_ns() - start, flush=True)
