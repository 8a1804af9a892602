"""A page of HTML on which a trained network reads what you type, word by word.

    python -m numlstm.explore runs/NAME
    python -m numlstm.explore                 the network that comes with numlstm, opened in the browser

It shows how surprised the network is, which words it expects, and what chosen cells hold; which of two forms it would
choose; what changes without a cell; and what dropout's masks leave of a memory. The page is one file. It needs a
browser, but no server and no network connection.
"""

import webbrowser
from pathlib import Path

from . import cli
from .errors import UserError
from .library.network import load
from .page.assembly import page
from .runs import checkpoint, published
from .runs.files import write_whole


def main(argv: list[str] | None = None) -> None:
    parser = cli.parser("numlstm.explore", __doc__)
    parser.add_argument("run", nargs="?", help="a run's folder, runs/NAME, or a published network's address (default: "
                        "the network that comes with numlstm, and the page is opened)")
    cli.add_weights(parser)
    parser.add_argument("--out", metavar="FILE", help="where to write the page (default: explore.html in the run's "
                        "folder; for an address, in the working folder)")
    args = parser.parse_args(argv)
    if args.out is not None and not args.out.endswith(".html"):
        raise UserError(f"the page's name must end in .html, not '{args.out}'")

    cli.say_weights(args)
    job = load(args.run, args.weights).checkpoint
    folder = Path() if args.run is None or published.is_address(args.run) else checkpoint.find(args.run).parent
    path = folder / "explore.html" if args.out is None else Path(args.out)
    text = page(job).encode()
    write_whole(path, text)
    opened = args.run is None and webbrowser.open(path.resolve().as_uri())
    what = "it opens in the browser" if opened else "open it in a browser"
    print(f"wrote {path}, {len(text) / 1e6:.1f} MB: {what}")


if __name__ == "__main__":
    cli.launch(main)
