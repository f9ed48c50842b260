"""What becomes of a frame that the player gives: shown, glimpsed while it is being decoded, or lost."""
from __future__ import annotations

from typing import TYPE_CHECKING

from app.readouts import stands_for
from app.words import tr

if TYPE_CHECKING:
    from app.window import MainWindow


def shown(w: MainWindow) -> None:
    """A whole frame: both views show it, and detail is asked for when it stands still."""
    picture = w.player.picture
    if picture is None or w.player.info is None:
        return
    w.patience.over()
    w.follow.shown(picture.index, picture.centre)
    w.frame_view.caption = stands_for(picture)
    if w.frame_view.caption:
        w.transport.timeline.add_lost(picture.index)
        if w.steering.recorded_only:
            lost(w, picture.index, w.frame_view.caption)
            return
    w.transport.timeline.set_held(picture.held)
    w.frame_view.set_picture(picture.whole)
    w.zoom_view.set_picture(picture.index, picture.whole, picture.part, picture.part_roi, picture.coarse, picture.provenance)
    playing = tr("playing at reduced size: no detail is made") if picture.coarse else tr("playing: no detail is made")
    w.zoom_view.notice = w.frame_view.caption or (playing if w.player.playing else "")
    if not w.player.playing:
        w.steering.ask()
    w.refresh()


def glimpsed(w: MainWindow) -> None:
    """A first look at the frame that is being decoded. Nothing is measured in it, and no zoom is made of it."""
    picture = w.player.glimpse
    if picture is None:
        return
    w.zoom.stop()
    w.frame_view.caption = ""
    w.frame_view.set_picture(picture.whole)
    w.zoom_view.set_picture(picture.index, picture.whole, picture.part, picture.part_roi, early=True)
    w.zoom_view.notice = tr("frame {n} is being read").format(n=picture.index)
    w.refresh()


def lost(w: MainWindow, index: int, line: str) -> None:
    """The picture before stays, and says so."""
    w.patience.over()
    w.transport.timeline.add_lost(index)
    w.frame_view.caption = w.zoom_view.notice = tr("frame {n} is lost").format(n=index)
    w.frame_view.update()
    w.zoom_view.update()
    w.message_bar.say("warn", tr("frame {index} is lost: {line}").format(index=index, line=line))
