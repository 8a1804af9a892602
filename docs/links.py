"""Checks pages of HTML: whether what they link to is there, and whether anything is loaded from the network."""

from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit


class Page(HTMLParser):
    """What a page links to, what it loads, and its anchors."""

    def __init__(self, text):
        super().__init__()
        self.links, self.loaded, self.anchors = [], [], {""}
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.anchors |= {attributes[name] for name in ("id", "name") if attributes.get(name)}
        if tag in ("a", "link") and "href" in attributes:
            (self.links if tag == "a" else self.loaded).append(attributes["href"])
        if "src" in attributes:
            self.loaded.append(attributes["src"])


def broken(folder):
    """A line for each link to a file or place that is not there, and for each thing that is loaded from elsewhere."""
    pages = {path: Page(path.read_text(encoding="utf-8")) for path in sorted(Path(folder).resolve().rglob("*.html"))}
    found = []
    for path, page in pages.items():
        for link in page.links + page.loaded:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                if link in page.loaded and parts.scheme != "data":
                    found.append(f"{path}: loads {link}")
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if not target.exists() or target in pages and unquote(parts.fragment) not in pages[target].anchors:
                found.append(f"{path}: no {link}")
    return found
