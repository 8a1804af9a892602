"""Takes a trained network to other programs, and back.

    python -m numlstm.export runs/mine --to safetensors            for PyTorch: runs/mine/model.safetensors
    python -m numlstm.export runs/mine --to onnx                   for ONNX Runtime and others: runs/mine/model.onnx
    python -m numlstm.export model.safetensors --to run --name x   back: runs/x
    python -m numlstm.export runs/mine --to others                 a file to publish: runs/mine/network.npz

Both formats come with model.json beside them: every setting, and the vocabulary, whose word n has the number n.
The way back needs it, too. `evaluate` and `generate` then read runs/x like any run, and `train --resume runs/x` trains
the network on from epoch 1. The module exchange/pytorch.py shows a PyTorch network that loads the safetensors file.

safetensors and onnx need two more packages: pip install 'numlstm[export]'
"""

import shlex
from contextlib import ExitStack
from pathlib import Path

from . import cli
from .errors import UserError
from .exchange import description, onnx_model, pytorch
from .runs import checkpoint, folders, sharing

WRITERS = {"safetensors": pytorch.write, "onnx": onnx_model.write}


def export(source: str, kind: str, weights: str) -> None:
    """Writes the network of a run beside its checkpoint, as safetensors or ONNX, with its description."""
    folder, job = checkpoint.find(source).parent, checkpoint.load(source, weights)
    network, described = folder / f"model.{kind}", folder / "model.json"
    WRITERS[kind](network, job.state.params)
    description.write(described, job)
    print(f"wrote {network}, and {described}: its settings and vocabulary")


def share(source: str, weights: str) -> None:
    """Writes a network beside its checkpoint as a file for others, without path, log and state of training."""
    path = checkpoint.find(source).parent / "network.npz"
    checksum = sharing.write(path, checkpoint.load(source, weights))
    print(f"wrote {path}, {path.stat().st_size / 1e6:.1f} MB. Others read it by its address, followed by\n"
          f"#sha256={checksum}")


def bring_back(source: Path, name: str | None) -> None:
    """Makes a run of a safetensors file and the description beside it."""
    if not source.is_file():
        raise UserError(f"there is no file {source}: --to run takes a safetensors file")
    described = description.read(source.with_suffix(".json"))
    params = pytorch.read(source, described["config"], len(described["vocabulary"]))
    job = description.new_checkpoint(described, params)
    with ExitStack() as hold:
        folder = folders.begin(job, hold, name, "imported")
        folders.write_config(folder, job)
    print(f"wrote {folder}: a run that can be evaluated, and trained on with --resume\n"
          f"Text:  python -m numlstm.generate {shlex.quote(str(folder))} --temperature 0.7")


def main(argv: list[str] | None = None) -> None:
    parser = cli.parser("numlstm.export", __doc__)
    parser.add_argument("run", metavar="RUN", help="a run's folder, runs/NAME; with --to run, a safetensors file")
    parser.add_argument("--to", choices=(*WRITERS, "run", "others"), required=True, help="what to make of it")
    parser.add_argument("--name", help="with --to run: the folder is runs/NAME (default: runs/imported)")
    cli.add_weights(parser)
    args = parser.parse_args(argv)
    cli.say_weights(args)
    if args.to == "run":
        bring_back(Path(args.run), args.name)
    elif args.name is not None:
        raise UserError("--name goes with --to run: an export is written into the run's own folder")
    elif args.to == "others":
        share(args.run, args.weights)
    else:
        export(args.run, args.to, args.weights)


if __name__ == "__main__":
    cli.launch(main)
