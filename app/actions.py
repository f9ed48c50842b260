"""The one table of commands. Menus, keys, tool tips, the command palette and the help page are all made from it."""
from __future__ import annotations

from dataclasses import dataclass

MENUS = ("File", "View", "Play", "Zoom", "Compare", "Measure", "Mark", "Jobs", "Help")


@dataclass(frozen=True)
class ActionSpec:
    """`id` is also the name of the method of `Commands` that does it. `needs`: "" always, "source" (frames), "lzc", or
    "any": frames or general data."""

    id: str
    menu: str
    text: str
    tip: str
    keys: tuple[str, ...] = ()
    needs: str = ""
    checkable: bool = False
    separator: bool = False   # a line above it in the menu
    repeat: bool = False      # holding the key repeats it


def _s(*args: object, **kw: object) -> ActionSpec:
    return ActionSpec(*args, **kw)  # type: ignore[arg-type]


ACTIONS: tuple[ActionSpec, ...] = (
    _s("open_file", "File", "&Open…", "Open a .lzc file, a video or a picture", ("Ctrl+O",)),
    _s("open_folder", "File", "Open &folder of pictures…", "Open a folder of pictures as a clip", ("Ctrl+Shift+O",)),
    _s("close_file", "File", "&Close", "Close the present file", ("Ctrl+W",), "any"),
    _s("compress", "File", "Co&mpress…", "Compress a video or a folder of pictures into a .lzc file", ("Ctrl+E",), separator=True),
    _s("restore", "File", "&Restore…", "Turn a .lzc file back into video or pictures", ("Ctrl+R",)),
    _s("batch", "File", "Se&veral files…", "Compress, restore or export many files in one go", ("Ctrl+B",)),
    _s("export_frame", "File", "Export f&rame…", "Write the whole frame on screen as a picture", ("Ctrl+S",), "source", separator=True),
    _s("export_roi", "File", "Export region as &picture…", "Write the zoomed region as a picture, with a record of how it was made",
       ("Ctrl+Shift+S",), "source"),
    _s("export_clip", "File", "Export region as c&lip…", "Write the zoomed region of a run of frames as a clip",
       ("Ctrl+Shift+E",), "source"),
    _s("export_comparison", "File", "Export compariso&n…", "Write the comparison on screen as a picture, with a record of both sides",
       ("Ctrl+Shift+Y",), "source"),
    _s("report", "File", "Write a re&port…", "One file with pictures, measurements, parameters and hashes of what you marked",
       ("Ctrl+Shift+G",), "source", separator=True),
    _s("quit", "File", "&Quit", "Stop what runs and close the window", ("Ctrl+Q",), separator=True),

    _s("truth", "View", "&Truth overlay", "Colour every pixel by where it comes from: coded, restored, interpolated or synthesised",
       ("T",), "source", checkable=True),
    _s("recorded_only", "View", "&Recorded only",
       "Show nothing that was not recorded. R switches; held down, it is on for as long as it is held", ("R",), "source", checkable=True),
    _s("uncertainty", "View", "&Uncertainty map", "Draw several samples of made detail and colour where they disagree; takes its time",
       ("U",), "source", checkable=True),
    _s("squares", "View", "&Unfiltered pixels", "Show recorded pixels as squares: nothing is smoothed, nothing is made", ("N",), "source",
       checkable=True),
    _s("look", "View", "Look of the &view…", "Contrast, gamma, sharpness and noise of the zoomed view, for the eye", ("Shift+V",),
       "source"),
    _s("loupe", "View", "&Loupe", "Recorded pixels under the cursor, large, with their values", ("Q",), checkable=True),
    _s("minimap", "View", "&Minimap", "The whole picture, small, in the corner of the zoomed view; a click in it goes there", ("Shift+M",),
       checkable=True),
    _s("zoom_alone", "View", "&Zoomed view alone", "Hide the whole frame and give its room to the zoomed view", ("Z",), checkable=True,
       separator=True),
    _s("full_screen", "View", "&Full screen", "Use the whole screen; the same key comes back", ("F11",), checkable=True),
    _s("show_library", "View", "L&ibrary", "Show or hide what was opened before, and the files of a folder, with pictures",
       ("Ctrl+Shift+L",), checkable=True),
    _s("show_facts", "View", "File f&acts", "Show or hide what is known of the file", ("Ctrl+I",), checkable=True),
    _s("settings", "View", "&Settings…", "Theme, language, device, cache", ("Ctrl+,",), separator=True),
    _s("edit_keys", "View", "Sh&ortcuts…", "Change the key of any command; what is changed is kept"),
    _s("palette", "View", "&Command palette…", "Find any command by typing a part of its name", ("Ctrl+Shift+P",)),

    _s("play", "Play", "&Play / pause", "Play or pause", ("Space",), "source"),
    _s("shuttle_back", "Play", "Play &backwards", "Play backwards; again for ×2, ×4, ×8", ("J",), "source"),
    _s("shuttle_stop", "Play", "&Stop", "Pause", ("K",), "source"),
    _s("shuttle_forward", "Play", "Play &forwards", "Play forwards; again for ×2, ×4, ×8", ("L",), "source"),
    _s("step_back", "Play", "Step bac&k", "One frame back", ("Left", ","), "source", separator=True, repeat=True),
    _s("step_forward", "Play", "Step for&ward", "One frame forward", ("Right", "."), "source", repeat=True),
    _s("jump_back", "Play", "One second back", "One second back", ("Shift+Left",), "source", repeat=True),
    _s("jump_forward", "Play", "One second forward", "One second forward", ("Shift+Right",), "source", repeat=True),
    _s("first", "Play", "First frame", "Go to the first frame", ("Home",), "source"),
    _s("last", "Play", "Last frame", "Go to the last frame", ("End",), "source"),
    _s("go_to", "Play", "&Go to frame or time…", "Type a frame number like 120, or a time like 1:12.5", ("Ctrl+G",), "source"),
    _s("slower", "Play", "S&lower", "Half the speed", ("[",), "source", separator=True),
    _s("faster", "Play", "F&aster", "Twice the speed", ("]",), "source"),
    _s("mute", "Play", "&Mute", "No sound", ("M",), checkable=True, separator=True),
    _s("louder", "Play", "Louder", "Turn the sound up", ("Shift+Up",), repeat=True),
    _s("softer", "Play", "Softer", "Turn the sound down", ("Shift+Down",), repeat=True),
    _s("set_a", "Play", "Loop from here (&A)", "Playing begins here and comes back to here", ("I",), "source", separator=True),
    _s("set_b", "Play", "Loop to here (B)", "Playing goes on to here, then back to A", ("O",), "source"),
    _s("clear_ab", "Play", "No loop between A and B", "Play all of it again", ("Shift+I",), "source"),
    _s("loop", "Play", "Repeat", "Start again at the end", ("Ctrl+L",), checkable=True),

    _s("fit", "Zoom", "&Fit", "The whole frame", ("F", "0"), "any"),
    _s("zoom_1", "Zoom", "&1:1", "One recorded pixel on one screen pixel: the recorded limit", ("1",), "source"),
    _s("zoom_2", "Zoom", "×2", "Two screen pixels for each recorded pixel", ("2",), "source"),
    _s("zoom_4", "Zoom", "×4", "Four screen pixels for each recorded pixel", ("3",), "source"),
    _s("zoom_8", "Zoom", "×8", "Eight screen pixels for each recorded pixel", ("4",), "source"),
    _s("zoom_16", "Zoom", "×16", "Sixteen screen pixels for each recorded pixel", ("5",), "source"),
    _s("zoom_32", "Zoom", "×32", "32 screen pixels for each recorded pixel", ("6",), "source"),
    _s("zoom_64", "Zoom", "×64", "64 screen pixels for each recorded pixel", ("7",), "source"),
    _s("zoom_in", "Zoom", "Zoom &in", "Twice the magnification", ("+", "="), "any", separator=True, repeat=True),
    _s("zoom_out", "Zoom", "Zoom &out", "Half the magnification", ("-",), "any", repeat=True),
    _s("pan_left", "Zoom", "Move left", "Move the view a quarter to the left", ("Ctrl+Left",), "any", repeat=True),
    _s("pan_right", "Zoom", "Move right", "Move the view a quarter to the right", ("Ctrl+Right",), "any", repeat=True),
    _s("pan_up", "Zoom", "Move up", "Move the view a quarter up", ("Ctrl+Up",), "source", repeat=True),
    _s("pan_down", "Zoom", "Move down", "Move the view a quarter down", ("Ctrl+Down",), "source", repeat=True),
    _s("view_back", "Zoom", "&Back", "Back to the view before", ("Alt+Left", "Backspace"), "source", separator=True),
    _s("view_forward", "Zoom", "For&ward", "Forward to the view after", ("Alt+Right",), "source"),
    _s("band_tool", "Zoom", "Box &tool", "Draw boxes in the zoomed view with a plain drag (otherwise with Shift)", ("B",), checkable=True),
    _s("type_region", "Zoom", "Type the &magnification…", "Type an exact magnification; the fields after it take the exact region",
       ("Ctrl+M",), "source"),
    _s("finer_level", "Zoom", "Lock a f&iner level", "Show the stored level that is one finer, whatever the magnification", ("Ctrl+]",),
       "source", separator=True),
    _s("coarser_level", "Zoom", "Lock a &coarser level", "Show the level that is one coarser, whatever the magnification; nothing is made "
       "from it", ("Ctrl+[",), "source"),
    _s("free_level", "Zoom", "Level by ma&gnification", "Choose the level by the magnification again", ("Ctrl+\\",), "source"),
    _s("next_alternative", "Zoom", "&Next alternative",
       "Another plausible detail: what changes was not recorded. Seed 0 is the expected detail", ("A",), "source", separator=True),
    _s("previous_alternative", "Zoom", "&Previous alternative", "Back to the alternative before", ("Shift+A",), "source"),

    _s("compare_file", "Compare", "With another &file…", "Compare with another recording, same time, same place", ("Ctrl+K",), "any"),
    _s("compare_frame", "Compare", "&Hold this frame", "Hold this frame as side B, then move on: before and after", ("H",), "source"),
    _s("compare_level", "Compare", "With a stored &level", "Compare with the next coarser stored level", (), "lzc"),
    _s("compare_recorded", "Compare", "With &recorded only", "Compare what is shown with recorded pixels alone", ("Ctrl+Shift+R",),
       "source"),
    _s("compare_seed", "Compare", "With the next &alternative", "What differs between alternatives was not recorded", ("Ctrl+Shift+A",),
       "source"),
    _s("compare_wipe", "Compare", "&Wipe", "A to the left of a line that can be dragged, B to the right", ("Ctrl+1",), "source",
       separator=True),
    _s("compare_side", "Compare", "&Side by side", "Two views that move together", ("Ctrl+2",), "source"),
    _s("compare_blink", "Compare", "&Blink", "A and B in turn, at the same place", ("Ctrl+3",), "source"),
    _s("compare_difference", "Compare", "&Difference", "How far the two pictures are apart, pixel by pixel", ("Ctrl+4",), "source"),
    _s("compare_gain", "Compare", "Difference &stronger", "Difference ×1, ×2, ×4, ×8, ×16", ("Ctrl+5",), "source"),
    _s("compare_swap", "Compare", "E&xchange the sides", "Open side B, and compare with what was open", ("Ctrl+Shift+X",), "source",
       separator=True),
    _s("compare_off", "Compare", "&No comparison", "Side A alone", ("Ctrl+0",), "any"),

    _s("show_measure", "Measure", "&Measurements", "Show or hide pixel values, histogram, waveform and line profile", ("Ctrl+Shift+M",),
       checkable=True),
    _s("distance", "Measure", "&Distance", "Drag from one place to another in the zoomed view", ("D",), "source", separator=True),
    _s("angle", "Measure", "&Angle", "Drag the first side, then click where the second one ends", ("Shift+D",), "source"),
    _s("line_profile", "Measure", "&Line profile", "Drag a line: the luma of the recorded pixels it passes", ("Shift+L",), "source"),
    _s("set_scale", "Measure", "Set the &scale…", "Say how long a drawn distance really is", (), "source", separator=True),
    _s("clear_scale", "Measure", "&Forget the scale", "Distances in pixels again", (), "source"),

    _s("bookmark", "Mark", "&Bookmark", "Remember this frame", ("Ctrl+D",), "source"),
    _s("note", "Mark", "&Note", "Click a place in the zoomed view and write about it", ("Ctrl+T",), "source"),
    _s("mark_region", "Mark", "&Region", "Drag a box around something; inside a loop it lasts from A to B", ("Shift+R",), "source"),
    _s("mark_arrow", "Mark", "&Arrow", "Drag an arrow to something", ("Shift+W",), "source"),
    _s("follow", "Mark", "&Follow this", "Keep the zoomed view on what it shows now, while it plays or steps; off again, the track is kept",
       ("Shift+F",), "source", checkable=True),
    _s("edit_note", "Mark", "&Write on the chosen mark", "Write or change what is noted", ("F2",), "source", separator=True),
    _s("extend_mark", "Mark", "&Extend to this frame", "The chosen mark is seen up to the frame on screen", ("Ctrl+Shift+D",), "source"),
    _s("remove_mark", "Mark", "Re&move the chosen mark", "Take it away; undo brings it back", ("Del",), "source"),
    _s("undo", "Mark", "&Undo", "Take back the last change of marks", ("Ctrl+Z",), "source", separator=True),
    _s("redo", "Mark", "Re&do", "Do it again", ("Ctrl+Shift+Z", "Ctrl+Y"), "source"),
    _s("next_mark", "Mark", "Ne&xt mark", "Go to the next marked frame", ("Ctrl+PgDown",), "source", separator=True),
    _s("previous_mark", "Mark", "&Previous mark", "Go to the marked frame before", ("Ctrl+PgUp",), "source"),
    _s("show_marks", "Mark", "&Show marks", "Show or hide the list of marks", ("Ctrl+Shift+B",), checkable=True, separator=True),
    _s("tool_off", "Mark", "Put the &tool away", "Draw nothing after all", ("Escape",)),

    _s("show_jobs", "Jobs", "&Show jobs", "Show or hide the list of jobs", ("Ctrl+J",), checkable=True),
    _s("verify", "Jobs", "&Verify this file", "Check that the .lzc file is whole and decodes as it was written", ("Ctrl+Shift+V",), "lzc"),
    _s("verify_export", "Jobs", "Check an &export…", "Make an exported picture or clip again from the record beside it, and compare"),
    _s("learn_camera", "Jobs", "&Learn a camera…", "Learn the place that a camera looks at which stands still: its recordings get smaller"),
    _s("cancel_job", "Jobs", "&Cancel the running job", "Stop the job that runs now", ("Ctrl+.",), separator=True),
    _s("resume_jobs", "Jobs", "&Go on with what was left", "Start again what was not finished when the program ended last; a compression "
       "goes on where it stopped"),
    _s("forget_jobs", "Jobs", "&Forget what was left", "Do not finish it"),
    _s("clear_jobs", "Jobs", "C&lear finished jobs", "Take finished jobs off the list"),

    _s("keys", "Help", "&Keys", "Every key and what it does", ("F1",)),
    _s("show_hint", "Help", "&First steps", "Show the first hint again", (), "source"),
    _s("messages", "Help", "&Messages so far", "Everything the message bar has said"),
    _s("about", "Help", "&About", "What this program is", (), separator=True),
)
