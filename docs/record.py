"""Records the README's moving picture: the page of `explore`, on which the network that comes with numlstm reads.

    pip install -e '.[docs]'
    python docs/record.py [OUT.webp]

It needs Chromium or Google Chrome. The page is opened once for every picture, and steps through the sentence by itself.
"""

import io
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

from numlstm.library import load
from numlstm.page.assembly import page

SENTENCE = "the keys that the king near the castles hides are rusty"
SIZE, WIDTH = (1000, 1080), 760  # of the window, and of the picture
BROWSERS = "chromium", "chromium-browser", "google-chrome", "chrome"
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--virtual-time-budget=6000", f"--window-size={SIZE[0]},{SIZE[1]}")


def picture(html, word, folder):
    """The page after so many words, as an Image."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None) or sys.exit("error: this needs Chromium or Chrome")
    script = f"""<script>addEventListener("load", () => setTimeout(() => {{
        const box = document.getElementById("sentence");
        box.value = {SENTENCE!r}; box.dispatchEvent(new Event("input", {{bubbles: true}}));
        const place = document.getElementById("place");
        place.value = {word}; place.dispatchEvent(new Event("input", {{bubbles: true}}));
        }}, 100))</script></body>"""
    path, shot = folder / "page.html", folder / "shot.png"
    path.write_text(html.replace("</body>", script), encoding="utf-8")
    subprocess.run([browser, *FLAGS, f"--user-data-dir={folder / 'profile'}", f"--screenshot={shot}", path.as_uri()],
                   check=True, capture_output=True)
    image = Image.open(io.BytesIO(shot.read_bytes())).convert("RGB")
    return image.resize((WIDTH, image.height * WIDTH // image.width), Image.Resampling.LANCZOS)


def main():
    out = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent / "reading.webp")
    html = page(load().checkpoint)
    with tempfile.TemporaryDirectory() as name:
        frames = [picture(html, word, Path(name)) for word in range(len(SENTENCE.split()) + 1)]
    frames[0].save(out, save_all=True, append_images=frames[1:], duration=[1100] * (len(frames) - 1) + [3000], loop=0,
                   quality=80, method=6)
    print(f"wrote {out}, {out.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
