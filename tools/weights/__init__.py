"""One module a network: each turns published packages into the ONNX files that egosearch ships."""
