import json, sys
import numpy as np

def read_model(path):
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        entries = json.loads(file.read(length))
        body = file.read()
    metadata = entries.pop("__metadata__")
    tensors = {}
    for name, entry in entries.items():
        begin, end = entry["data_offsets"]
        tensors[name] = np.frombuffer(body[begin:end], "<f4").reshape(entry["shape"])
    return json.loads(metadata["header"]), tensors

if __name__ == "__main__":
    header, tensors = read_model(sys.argv[1])
    print(header["classValues"], header["scale"], len(header["members"]), "members")
    for name, tensor in tensors.items():
        print(name, tensor.shape, f"{tensor.mean():.6f}")
