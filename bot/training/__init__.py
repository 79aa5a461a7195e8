"""Training of the embedded span reader: data, model, training loop, export, scoring.

Nothing here runs when a question is answered: the package's needs (torch, tokenizers, onnx) are an optional extra.
"""
