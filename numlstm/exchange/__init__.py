"""Trained networks for other programs, and back. PyTorch's and ONNX's names stand here and nowhere else.

Read `layout` (where other libraries put gates and biases), then `pytorch` (a state_dict in safetensors), `onnx_model`,
and `description` (what a file of numbers doesn't say: settings and words). `library` imports what may be missing.
"""
