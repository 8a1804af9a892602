"""Draws the README's picture of the unrolled network.

    python -m numlstm plots [FILE]
"""

from .. import cli
from ..errors import UserError


def main(argv: list[str] | None = None) -> None:
    parser = cli.parser("numlstm plots", __doc__)
    parser.add_argument("file", nargs="?", default="unrolled.png", help="where to draw it (default: unrolled.png)")
    args = parser.parse_args(argv)
    if not args.file.endswith((".png", ".pdf", ".svg")):
        raise UserError(f"the picture's name must end in .png, .pdf or .svg, not '{args.file}'")
    from .report.unrolled import unrolled_network  # here: matplotlib is slow to import, and --help need not wait
    unrolled_network().savefig(args.file, dpi=150)
    print(f"wrote {args.file}")


if __name__ == "__main__":
    cli.launch(main)
