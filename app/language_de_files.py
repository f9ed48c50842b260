"""German: several files at once, and the library."""
from __future__ import annotations

TABLE: dict[str, str] = {
    # what the networks run on, keys
    "CPU, {n} threads": "CPU, {n} Threads", "CPU, one thread": "CPU, ein Thread", "GPU asked for, else {a}": "GPU gewünscht, sonst {a}",
    "press a key": "Taste drücken",
    # what a job is doing
    "looking": "sieht an", "measuring": "misst", "try a part": "probiert einen Teil", "verify": "prüft", "zoom": "zoomt",
    "zoom again": "zoomt noch einmal", "written": "geschrieben",
    # learning a camera
    "Learn a camera": "Kamera lernen", "Learn": "Lernen", "Clips": "Clips", "Camera": "Kamera", "none learnt": "keine gelernte",
    "What was learnt of a camera (*.lza)": "Von einer Kamera Gelerntes (*.lza)", "Learn the camera of {a}": "Kamera von {a} lernen",
    "A camera that stands still: the file that Jobs ▸ Learn a camera wrote makes its recordings smaller":
        "Eine Kamera, die stillsteht: Die Datei, die Aufträge ▸ Kamera lernen geschrieben hat, macht ihre Aufnahmen kleiner",
    "choose some clips of the camera first": "zuerst Clips der Kamera wählen",
    "Clips of one camera that stands still, the longer the better. A part of them is kept back to find out what it saves; where it saves "
    "nothing, that is said and nothing is written.":
        "Clips einer Kamera, die stillsteht, je länger, desto besser. Ein Teil davon wird zurückgehalten, um zu sehen, was es spart; spart "
        "es nichts, wird das gesagt und nichts geschrieben.",
    "{a} % fewer bits for frames it had not seen": "{a} % weniger Bits für Bilder, die es nicht gesehen hatte",
    "pays for itself after {time} of recording": "lohnt sich ab {time} Aufnahme",
    # several files
    "Several files": "Mehrere Dateien", "Start": "Starten", "Do": "Aufgabe", "The same with every file": "Dasselbe mit jeder Datei",
    "Files": "Dateien", "Files and folders": "Dateien und Ordner",
    "Drop files and folders here; Delete takes the chosen ones off":
        "Dateien und Ordner hier ablegen; Entf nimmt die gewählten heraus",
    "Add files…": "Dateien dazu…", "Add files": "Dateien dazunehmen", "Add a folder…": "Ordner dazu…", "Take off": "Herausnehmen",
    "also what lies in the folders of a folder": "auch, was in den Ordnern eines Ordners liegt", "However deep": "Beliebig tief",
    "Into": "Nach", "beside each file": "neben jede Datei", "If it is there": "Wenn es da ist",
    "What becomes of a file of that name": "Was aus einer Datei dieses Namens wird",
    "leave it": "liegen lassen", "write beside it, with a number": "daneben schreiben, mit Nummer", "replace it": "ersetzen",
    "compress": "komprimieren", "restore": "wiederherstellen", "export a frame as picture": "ein Bild exportieren",
    "export a region as picture": "einen Ausschnitt als Bild exportieren",
    "export a region as clip": "einen Ausschnitt als Clip exportieren",
    "Tables, sound, cubes": "Tabellen, Ton, Würfel", "Of video and pictures; data becomes what it was made from":
        "Von Video und Bildern; Daten werden wieder, was sie waren",
    "Frame": "Bild", "Region": "Ausschnitt", "x, y, width, height in recorded pixels": "x, y, Breite, Höhe in aufgezeichneten Bildpunkten",
    "How many, from that one on": "Wie viele, von diesem an", "Choose a folder": "Ordner wählen",
    "Choose files or folders, or drop them on the list.": "Dateien oder Ordner wählen oder auf der Liste ablegen.",
    "one file, {size}": "eine Datei, {size}", "{n} files, {size}": "{n} Dateien, {size}",
    "One that fails does not stop the others.": "Eine, die misslingt, hält die anderen nicht auf.",
    "no files of this kind were found": "keine Dateien dieser Art gefunden",
    "choose others, or look into the folders too": "andere wählen oder auch in die Ordner sehen",
    "choose some files first": "zuerst Dateien wählen", "type the region as x, y, width, height":
        "den Ausschnitt als x, y, Breite, Höhe eingeben",
    "Compress {n} files": "{n} Dateien komprimieren", "Restore {n} files": "{n} Dateien wiederherstellen",
    "Frames of {n} files": "Bilder aus {n} Dateien", "Regions of {n} files": "Ausschnitte aus {n} Dateien",
    "Clips of {n} files": "Clips aus {n} Dateien", "Frame of {a}": "Bild aus {a}", "Region of {a}": "Ausschnitt aus {a}",
    "Clip of {a}": "Clip aus {a}", "looking at the file": "sieht die Datei an",
    "waits": "wartet", "running": "läuft", "left alone": "liegen gelassen", "{n} not begun": "{n} nicht begonnen",
    "stopped: {summary}": "angehalten: {summary}",
    # the library
    "Library": "Bibliothek", "Place": "Ort", "What was opened before, or a folder": "Was früher geöffnet wurde, oder ein Ordner",
    "Up": "Höher", "Folder…": "Ordner…", "The folder above": "Der Ordner darüber", "List another folder": "Einen anderen Ordner auflisten",
    "All files again": "Wieder alle Dateien", "Find by name": "Nach Namen suchen",
    "Only files with this in their name": "Nur Dateien, deren Name das enthält",
    "folder": "Ordner", "is not there any more": "ist nicht mehr da",
    "{n} pictures as a clip": "{n} Bilder als Clip",
    "Only the first {n} are listed.": "Nur die ersten {n} sind aufgelistet.",
    "Nothing of that name.": "Nichts mit diesem Namen.", "Nothing here that can be opened.": "Hier ist nichts, was sich öffnen lässt.",
    "Nothing was opened yet. Drop a folder here, or choose one.":
        "Noch wurde nichts geöffnet. Einen Ordner hier ablegen oder einen wählen.",
    "Compare with what is open": "Mit dem Geöffneten vergleichen", "Several files…": "Mehrere Dateien…",
    "Details…": "Einzelheiten…", "What came of each file": "Was aus jeder Datei wurde", "Outcome": "Ergebnis", "Before": "Vorher",
    "After": "Nachher", "More": "Mehr", "A double click opens what was written.": "Ein Doppelklick öffnet, was geschrieben wurde.",
    "Try again what failed": "Misslungenes noch einmal", "Copy as text": "Als Text kopieren", "Close": "Schließen",
}
