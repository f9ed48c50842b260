"""German: everything but the commands, which have a module of their own."""
from __future__ import annotations

from app.language_de_actions import TABLE as _ACTIONS
from app.language_de_data import TABLE as _DATA
from app.language_de_files import TABLE as _FILES

_TEXTS: dict[str, str] = {
    # classes of pixels
    "coded": "kodiert", "restored": "restauriert", "interpolated": "interpoliert", "synthesised": "synthetisch", "still loading":
        "lädt noch",
    "decoder output of recorded data": "Ausgabe des Decoders aus aufgezeichneten Daten",
    "changed by the correlation network": "vom Korrelationsnetz verändert",
    "resampled between recorded pixels": "zwischen aufgezeichneten Bildpunkten umgerechnet",
    "made by the detail network: not recorded": "vom Detailnetz erzeugt: nicht aufgezeichnet",
    "Every pixel on screen is one of four:": "Jeder Bildpunkt auf dem Bildschirm ist eines von vieren:",
    "Zoom past what the camera recorded, and always know which pixel was recorded and which was made.":
        "Über das Aufgezeichnete hinaus zoomen und immer wissen, welcher Bildpunkt aufgezeichnet und welcher erzeugt wurde.",
    "recorded": "aufgezeichnet", "Recorded": "Aufgezeichnet", "Truth": "Herkunft", "recorded only": "nur Aufgezeichnetes",
    "recorded pixels": "aufgezeichnete Bildpunkte", "interpolated pixels": "interpolierte Bildpunkte", "made pixels": "erzeugte Bildpunkte",
    "recorded pixels only": "nur aufgezeichnete Bildpunkte", "recorded pixels, unfiltered": "aufgezeichnete Bildpunkte, ungefiltert",
    "on made pixels": "auf erzeugten Bildpunkten",
    "uncertainty of made pixels, grey steps": "Unsicherheit erzeugter Bildpunkte, Graustufen", "not known yet": "noch unbekannt",
    "{n} and more": "{n} und mehr",
    "uncertainty: samples are being drawn …": "Unsicherheit: Stichproben werden gezogen …",
    # pages, the first hint, the mouse
    "Keys": "Tasten", "Messages so far": "Bisherige Meldungen", "About": "Über", "Escape closes this page.": "Escape schließt diese Seite.",
    "Nothing has been said yet.": "Noch wurde nichts gemeldet.", "Mouse": "Maus", "  or  ": "  oder  ",
    "drag, left picture": "ziehen, linkes Bild", "Draw a box and zoom into it": "Einen Rahmen ziehen und hineinzoomen",
    "click, left picture": "klicken, linkes Bild", "Centre the zoomed view there": "Die Zoomansicht dort zentrieren",
    "Ctrl + drag, left picture": "Strg + ziehen, linkes Bild", "Move the box": "Den Rahmen verschieben", "wheel": "Mausrad",
    "Zoom at the cursor": "Am Zeiger zoomen", "drag, zoomed view": "ziehen, Zoomansicht", "Move about": "Umherbewegen",
    "Shift + drag, zoomed view": "Umschalt + ziehen, Zoomansicht", "double click": "Doppelklick",
    "Twice the magnification at that point": "Doppelte Vergrößerung an dieser Stelle", "Look closer": "Genauer hinsehen",
    "Drag a box in the left picture: it opens here, and fills in.": "Ziehen Sie links einen Rahmen: er öffnet sich hier und füllt sich.",
    "Turn the wheel to zoom at the cursor, drag to move about.": "Das Mausrad zoomt am Zeiger, Ziehen bewegt.",
    "T colours recorded and made pixels, R shows only what was recorded.":
        "T färbt aufgezeichnete und erzeugte Bildpunkte, R zeigt nur Aufgezeichnetes.",
    "Ctrl+Shift+P finds every command. A click here closes this note.":
        "Strg+Umschalt+P findet jeden Befehl. Ein Klick hier schließt diesen Hinweis.",
    # opening and the start page
    "Open": "Öffnen", "Open a folder of pictures": "Bilderordner öffnen", "Open &recent": "&Zuletzt geöffnet", "nothing yet": "noch nichts",
    "Forget these": "Diese vergessen", "Open {path}": "{path} öffnen", "Open file": "Geöffnete Datei", "Opened before": "Zuvor geöffnet",
    "Open the sample": "Das Beispiel öffnen", "A short recording that is worth looking into": "Eine kurze Aufnahme, in die zu sehen lohnt",
    "Drop a .lzc file, a video, a picture or a folder of pictures here.":
        "Hier eine .lzc-Datei, ein Video, ein Bild oder einen Bilderordner ablegen.",
    "reading {name} … (the first recording after an installation can take a minute: its decoder is being prepared)":
        "{name} wird gelesen … (die erste Aufnahme nach einer Installation kann eine Minute dauern: ihr Decoder wird vorbereitet)",
    "opening {name} …": "{name} wird geöffnet …", "frame {n} is lost": "Bild {n} ist verloren",
    "frame {n} is lost: synthesised from its neighbours": "Bild {n} ist verloren: aus seinen Nachbarn synthetisiert",
    "frame {n} is lost in full: shown from a coarser level": "Bild {n} ist in voller Größe verloren: aus einer gröberen Stufe gezeigt",
    "frame {index} is lost: {line}": "Bild {index} ist verloren: {line}", " and {n} more": "; dazu {n} weitere",
    "{a} is damaged: {b}{more}. What is whole is shown; File facts lists what is lost.":
        "{a} ist beschädigt: {b}{more}. Was heil ist, wird gezeigt; die Dateiangaben nennen das Verlorene.",
    "opened the first of {a}: drop a folder to open pictures as a clip, or File ▸ Several files for all of them":
        "die erste von {a} geöffnet: einen Ordner ablegen, um Bilder als Clip zu öffnen, oder Datei ▸ Mehrere Dateien für alle",
    "open a file first": "zuerst eine Datei öffnen", "playing: no detail is made": "spielt ab: keine Details werden erzeugt",
    "playing at reduced size: no detail is made": "spielt verkleinert ab: keine Details werden erzeugt",
    # playing
    "Timeline": "Zeitleiste", "frame {a} of {b}, {c}; arrow keys step": "Bild {a} von {b}, {c}; Pfeiltasten gehen schrittweise",
    "Speed": "Geschwindigkeit", "Time": "Zeit", "Frame":
        "Bild",
    "Time: type one like 1:12.5 or 3.2s": "Zeit: zum Beispiel 1:12.5 oder 3.2s eingeben",
    "Frame number, counted from 0: type one to go there": "Bildnummer, ab 0 gezählt: eingeben, um dorthin zu gehen",
    "frame {index} is outside 0 … {b}": "Bild {index} liegt außerhalb von 0 … {b}",
    "{a} is outside 00:00:00.000 … {b}": "{a} liegt außerhalb von 00:00:00.000 … {b}",
    "“{a}” is no position: type a frame number like 120, or a time like 1:12.5 or 3.2s":
        "„{a}“ ist keine Position: eine Bildnummer wie 120 oder eine Zeit wie 1:12.5 oder 3.2s eingeben",
    "Mute": "Stumm", "Volume": "Lautstärke", "this file has no sound": "diese Datei hat keinen Ton",
    "there is no sound device here: it plays silently": "hier gibt es kein Tongerät: es wird stumm abgespielt",
    "the sound device does not open: it plays silently": "das Tongerät lässt sich nicht öffnen: es wird stumm abgespielt",
    # zooming
    "Zoomed view": "Zoomansicht", "Wheel zooms at the cursor, drag moves, Shift and drag draws a box":
        "Das Rad zoomt am Zeiger, Ziehen bewegt, Umschalt und Ziehen zieht einen Rahmen auf",
    "Whole frame": "Ganzes Bild", "Drag a box to zoom into it, click to centre the box, hold Ctrl and drag to move it":
        "Einen Rahmen ziehen, um hineinzuzoomen; klicken zentriert ihn, Strg und Ziehen bewegt ihn",
    "Screen pixels for each recorded pixel: type any value": "Bildschirmpunkte je aufgezeichnetem Bildpunkt: beliebigen Wert eingeben",
    "Magnification": "Vergrößerung", "Magnification presets": "Feste Vergrößerungen", "Zoom": "Zoom", "Fit": "Einpassen",
    "Recorded limit": "Grenze der Aufzeichnung", "Next alternative": "Nächste Alternative", "Seed 0": "Saat 0", "Seed {seed}":
        "Saat {seed}",
    "seed {seed}": "Saat {seed}", "Region {name}": "Ausschnitt {name}", "Top edge of the region": "Oberkante des Ausschnitts",
    "Left edge of the region, in pixels of the recording": "Linke Kante des Ausschnitts, in Bildpunkten der Aufnahme",
    "Width of the region": "Breite des Ausschnitts", "Height of the region": "Höhe des Ausschnitts",
    "recorded limit {limit}": "aufgezeichnet bis {limit}", "limit {limit}": "bis {limit}",
    "recorded limit {limit}, now {past}× past it": "aufgezeichnet bis {limit}, jetzt {past}× darüber",
    "limit {limit}, {past}× past it": "bis {limit}, {past}× darüber", "{past}× past limit": "{past}× darüber",
    "Every pixel on screen stands for at least one recorded pixel.":
        "Jeder Bildschirmpunkt steht für mindestens einen aufgezeichneten Bildpunkt.",
    "Nothing finer was recorded here.": "Feineres wurde hier nicht aufgezeichnet.", "What is finer is made.":
        "Was feiner ist, ist erzeugt.",
    "Only recorded pixels are shown, magnified.": "Nur aufgezeichnete Bildpunkte werden gezeigt, vergrößert.",
    "Levels of detail made beyond the record: {n}.": "Erzeugte Detailstufen über die Aufzeichnung hinaus: {n}.",
    "the magnification must be above 0 and at most {MAX_MAGNIFICATION:.0f}":
        "die Vergrößerung muss über 0 und höchstens {MAX_MAGNIFICATION:.0f} sein",
    "the region must be wider and higher than nothing": "der Ausschnitt muss breiter und höher als nichts sein",
    "the region must lie inside the {a} × {b} picture": "der Ausschnitt muss im {a} × {b} großen Bild liegen",
    "“{a}” is no number": "„{a}“ ist keine Zahl", "“{a}” is no number to work with": "mit „{a}“ lässt sich nicht rechnen",
    "ROI {a},{b}  {c} × {d}": "Ausschnitt {a},{b}  {c} × {d}", "{a} of {b} tiles": "{a} von {b} Kacheln", "level {a}{made}":
        "Stufe {a}{made}", "level {a} (locked){made}": "Stufe {a} (festgehalten){made}",
    " + {n} made": " + {n} erzeugt", "{a:.0f} fps": "{a:.0f} Bilder/s", "{a} fps": "{a} Bilder/s",
    "What is under the cursor": "Was unter dem Zeiger liegt",
    "Region of the recording in the zoomed view": "Ausschnitt der Aufnahme in der Zoomansicht",
    "Seed of the detail beyond the record: 0 is the expected detail, any other one a plausible alternative":
        "Saat der Details über die Aufzeichnung hinaus: 0 ist das erwartete Detail, jede andere eine plausible Alternative",
    "Tiles of this view that are ready": "Fertige Kacheln dieser Ansicht",
    "Stored level in use, and levels made beyond it": "Genutzte gespeicherte Stufe und darüber hinaus erzeugte Stufen",
    "Frames shown per second": "Gezeigte Bilder je Sekunde", "What the networks run on": "Worauf die Netze rechnen",
    "Command palette": "Befehlsliste", "Type a command": "Einen Befehl tippen", "Command to look for": "Gesuchter Befehl", "Commands":
        "Befehle",
    "Message": "Meldung", "Close the message": "Die Meldung schließen",
    # comparing
    "Compare with": "Vergleichen mit", "there is no other file to exchange with": "es gibt keine andere Datei zum Tauschen",
    "Zoomed view of side B": "Zoomansicht der Seite B", "side B: {line}": "Seite B: {line}", "as shown": "wie gezeigt",
    "the pictures have different shapes: side B is stretched to fit": "die Bilder haben verschiedene Formate: Seite B wird angepasst",
    "A {a}, B {b}": "A {a}, B {b}", "difference: waiting for both sides": "Differenz: wartet auf beide Seiten",
    "difference ×{gain}": "Differenz ×{gain}",
    "made pixels are part of it: no evidence": "erzeugte Bildpunkte sind dabei: kein Beweis", "not all is there yet": "noch nicht alles da",
    "reading {name} …": "{name} wird gelesen …", "not shown: the message says why": "nicht gezeigt: die Meldung sagt, warum",
    "frame {n} is being read": "Bild {n} wird gelesen",
    "frame {n}": "Bild {n}", "alternative {n}": "Alternative {n}", "stored level {n}": "gespeicherte Stufe {n}",
    # measuring
    "Measurements": "Messwerte", "Pixel under the cursor": "Bildpunkt unter dem Zeiger", "Place": "Stelle", "Recorded Y U V":
        "Aufgezeichnet Y U V",
    "Recorded as R G B": "Aufgezeichnet als R G B", "Shown R G B": "Gezeigt R G B", "Shown pixel is": "Gezeigter Punkt ist",
    "read when it stands still": "wird im Stillstand gelesen", "the loupe reads when it stands still": "die Lupe liest im Stillstand",
    "Move over a picture to read its pixels.": "Über ein Bild fahren, um seine Bildpunkte zu lesen.", "Histogram": "Histogramm",
    "Recorded pixels of the region, frame {n}": "Aufgezeichnete Bildpunkte des Ausschnitts, Bild {n}", "Waveform": "Wellenform",
    "Line profile": "Linienprofil", "Measure ▸ Line profile, then draw a line": "Messen ▸ Linienprofil, dann eine Linie ziehen",
    "Luma of the recorded pixels from {a} to {b}": "Helligkeit der aufgezeichneten Bildpunkte von {a} bis {b}",
    "Set the scale": "Maßstab setzen", "Set": "Setzen", "Length": "Länge", "Unit": "Einheit",
    "How long the chosen distance really is": "Wie lang die gewählte Strecke wirklich ist",
    "What the length is counted in": "Worin die Länge gezählt wird",
    "From then on distances are given in this unit. It holds for things as far away as the one measured.":
        "Danach stehen Strecken in dieser Einheit. Das gilt für Dinge, die so weit entfernt sind wie das gemessene.",
    "draw a distance over something of known length first": "zuerst eine Strecke über etwas bekannter Länge ziehen",
    "the length must be more than nothing": "die Länge muss größer als nichts sein",
    # marking
    "bookmark": "Lesezeichen", "note": "Notiz", "region": "Bereich", "arrow": "Pfeil", "distance": "Strecke", "angle": "Winkel",
    "track": "Spur",
    "Marks": "Markierungen", "List of marks": "Liste der Markierungen", "Mark": "Markierung", "Note": "Notiz",
    "No marks yet. Ctrl+D sets a bookmark; the Mark and Measure menus draw.":
        "Noch keine Markierungen. Strg+D setzt ein Lesezeichen; die Menüs Markieren und Messen zeichnen.",
    "choose a mark in the list first": "zuerst eine Markierung in der Liste wählen", "bookmark at frame {n}": "Lesezeichen bei Bild {n}",
    "these marks were made for another version of this file: check that they still fit":
        "diese Markierungen gehören zu einer anderen Fassung dieser Datei: prüfen, ob sie noch passen",
    "click a place": "eine Stelle anklicken", "drag a box": "einen Rahmen ziehen", "drag an arrow": "einen Pfeil ziehen",
    "drag a distance": "eine Strecke ziehen", "drag a line": "eine Linie ziehen",
    "drag one side, then click the end of the other": "einen Schenkel ziehen, dann das Ende des anderen anklicken",
    "{kind} at frame {n}": "{kind} bei Bild {n}", "opened {path}": "{path} geöffnet", "following": "folgt", "following: lost":
        "folgt: verloren",
    "stop, and zoom in on the thing to follow first": "anhalten und zuerst auf das zoomen, dem gefolgt werden soll",
    "found again at frame {n}": "in Bild {n} wiedergefunden",
    "lost at frame {n}: the view stays where the thing was last seen":
        "bei Bild {n} verloren: die Ansicht bleibt, wo es zuletzt zu sehen war",
    # reports
    "Report": "Bericht", "Report on {name}": "Bericht über {name}", "Write": "Schreiben", "Title": "Titel", "Stands at the top":
        "Steht oben",
    "HTML carries the records of its pictures; PDF prints": "HTML trägt die Aufzeichnungen seiner Bilder; PDF lässt sich drucken",
    "Made by": "Erstellt von", "Your name, if it should be in the report": "Ihr Name, falls er im Bericht stehen soll",
    "show synthesised detail too, marked as such": "auch synthetische Details zeigen, als solche gekennzeichnet",
    "Recorded pixels are always shown alone as well": "Aufgezeichnete Bildpunkte werden immer auch allein gezeigt",
    "present view": "jetzige Ansicht", "HTML (*.html);;PDF (*.pdf)": "HTML (*.html);;PDF (*.pdf)",
    "There are no marks: the present view is reported.": "Es gibt keine Markierungen: die jetzige Ansicht wird berichtet.",
    "TIFF": "TIFF", "Export comparison": "Vergleich exportieren", "Comparison of {a}": "Vergleich von {a}",
    "a comparison is written as .png": "ein Vergleich wird als .png geschrieben", "name another ending": "eine andere Endung nennen",
    "it cannot be written": "das lässt sich nicht schreiben",
    "is there room, and may you write there?": "ist dort Platz, und darf man dort schreiben?",
    "there is nothing compared: choose a side B in the Compare menu first":
        "es wird nichts verglichen: zuerst im Menü Vergleichen eine Seite B wählen",
    "As on screen, {a} × {b} pixels. Beside it: both sides with their hashes, frames and regions, and what share of their pixels "
    "was made.":
        "Wie auf dem Bildschirm, {a} × {b} Bildpunkte. Daneben: beide Seiten mit Prüfsummen, Bildern und Ausschnitten, und welcher Anteil "
        "ihrer Bildpunkte erzeugt wurde.",
    "One mark, with its region enlarged.": "Eine Markierung, mit vergrößertem Ausschnitt.",
    "{n} marks, each with its region enlarged.": "{n} Markierungen, jede mit vergrößertem Ausschnitt.", "Measured": "Gemessen",
    "Scale": "Maßstab", "Places": "Stellen", "Set on": "Gesetzt auf", "Frames": "Bilder",
    # jobs and forms
    "Jobs": "Aufträge", "No jobs yet. File ▸ Compress, Restore and Export start one.":
        "Noch keine Aufträge. Datei ▸ Komprimieren, Wiederherstellen und Exportieren starten einen.",
    "Go on": "Weiter", "Folder": "Ordner", "Cancel": "Abbrechen", "Pause this job, or let it go on":
        "Diesen Auftrag anhalten oder weiterlaufen lassen",
    "Stop this job": "Diesen Auftrag abbrechen", "Open what was made in this window": "Das Ergebnis in diesem Fenster öffnen",
    "Show the folder it lies in": "Den Ordner zeigen, in dem es liegt", "Progress of {a}": "Fortschritt von {a}", "queued": "wartet",
    "running": "läuft", "paused": "angehalten", "done": "fertig", "failed": "gescheitert", "cancelled": "abgebrochen",
    "{a} of {b}": "{a} von {b}", "{n:.3g} per s": "{n:.3g} je s", "{time} left": "noch {time}", "written: {names}": "geschrieben: {names}",
    "whole: every part decodes as it was written": "heil: jeder Teil dekodiert sich, wie er geschrieben wurde", "damaged: ": "beschädigt: ",
    "no job is running": "es läuft kein Auftrag", "A job is": "Ein Auftrag ist", "{n} jobs are": "{n} Aufträge sind", "Quit": "Beenden",
    "{what} not finished. Stop and quit?\nA stopped compression can go on later.":
        "{what} nicht fertig. Anhalten und beenden?\nEine angehaltene Kompression kann später weitergehen.",
    "A job was not finished last time: Jobs ▸ Go on starts it again":
        "Ein Auftrag wurde letztes Mal nicht fertig: Aufträge ▸ Liegengebliebenes fortsetzen startet ihn neu",
    "{n} jobs were not finished last time: Jobs ▸ Go on starts them again":
        "{n} Aufträge wurden letztes Mal nicht fertig: Aufträge ▸ Liegengebliebenes fortsetzen startet sie neu",
    "Choose": "Auswählen", "Choose {a}": "{a} auswählen", "Choose a file": "Eine Datei auswählen", "Choose where to": "Ziel auswählen",
    "Choose the .json beside an exported picture or clip": "Die .json neben einem exportierten Bild oder Clip auswählen",
    "Records of exports (*.json)": "Aufzeichnungen von Exporten (*.json)", "Lorentz recording (*.lzc)": "Lorentz-Aufnahme (*.lzc)",
    "Video (*.mp4 *.mkv *.y4m *.png)": "Video (*.mp4 *.mkv *.y4m *.png)", "Video (*.mp4 *.mkv)": "Video (*.mp4 *.mkv)",
    "Picture (*.png)": "Bild (*.png)", "From": "Von", "To": "Nach", "Kind": "Art", "Size": "Größe", "full": "voll", "Quality": "Qualität",
    "small": "klein", "good": "gut", "0 is smallest, 63 is best": "0 ist am kleinsten, 63 am besten", "Effort": "Aufwand", "normal":
        "normal",
    "fast": "schnell", "high": "hoch", "More effort: smaller files, more time": "Mehr Aufwand: kleinere Dateien, mehr Zeit",
    "Compress": "Komprimieren", "Restore": "Wiederherstellen", "Export": "Exportieren", "Compress {a}": "{a} komprimieren",
    "Restore {a}": "{a} wiederherstellen", "Verify {a}": "{a} prüfen", "Check {a}": "{a} nachprüfen", "Size of {a}": "Größe von {a}",
    "Frame {frame} of {b}": "Bild {frame} aus {b}", "Clip": "Clip", "Region": "Ausschnitt", "Estimate the size": "Größe schätzen",
    "Compress a part of the frames, throw it away, and say how large all will be":
        "Einen Teil der Bilder komprimieren, wegwerfen und sagen, wie groß alles wird",
    "If you stop it, what is done so far is kept beside the file, and the same command goes on from there.":
        "Beim Anhalten bleibt das Fertige neben der Datei liegen, und derselbe Befehl macht dort weiter.",
    "What to write": "Was geschrieben wird", "Stored level to restore": "Wiederherzustellende gespeicherte Stufe",
    "Values": "Werte", "within the bound": "innerhalb der Schranke",
    "nearer to the source, where a file says how": "näher an der Quelle, wo eine Datei sagt wie",
    "Nearer in the mean; a single one may be up to twice the bound off":
        "Im Mittel näher; ein einzelner darf um das Doppelte der Schranke abweichen",
    "can be restored {db} dB nearer to the source": "kann um {db} dB näher an der Quelle wiederhergestellt werden",
    "{db} dB nearer to the source, up to twice the bound off": "{db} dB näher an der Quelle, bis zum Doppelten der Schranke daneben",
    "MP4 video": "MP4-Video", "Matroska video": "Matroska-Video", "raw video, bit exact": "Rohvideo, bitgenau",
    "a folder of PNG pictures": "ein Ordner mit PNG-Bildern", "Export frame": "Einzelbild exportieren",
    "Export region as clip": "Ausschnitt als Clip exportieren", "Export region as picture": "Ausschnitt als Bild exportieren",
    "Output pixels for each recorded pixel": "Ausgabepunkte je aufgezeichnetem Bildpunkt", "Nothing is synthesised":
        "Nichts wird synthetisiert",
    "recorded pixels only, add no detail": "nur aufgezeichnete Bildpunkte, keine Details hinzufügen", "First frame": "Erstes Bild",
    "Last frame": "Letztes Bild", "Counted from 0": "Ab 0 gezählt", "Included": "Einschließlich", "say {what}": "angeben, {what}",
    "what to compress": "was komprimiert wird", "what to restore": "was wiederhergestellt wird", "where to write": "wohin geschrieben wird",
    "the last frame must not lie before the first": "das letzte Bild darf nicht vor dem ersten liegen",
    "Frame {frame} as decoded, {b} × {c}. A record of how it was made is written beside it.":
        "Bild {frame} wie dekodiert, {b} × {c}. Daneben wird aufgezeichnet, wie es entstand.",
    "Look of the view": "Aussehen der Ansicht", "Contrast": "Kontrast", "Gamma": "Gamma", "Sharpening": "Schärfung",
    "Noise removal": "Rauschminderung", "contrast": "Kontrast", "gamma": "Gamma", "sharpening": "Schärfung",
    "noise removal": "Rauschminderung", "About mid grey; 1 leaves it as it is": "Um das mittlere Grau; 1 ändert nichts",
    "Above 1 brightens what is dark": "Über 1 hellt Dunkles auf", "0 is off": "0 ist aus", "As recorded": "Wie aufgezeichnet",
    "Set everything back": "Alles zurücksetzen", "view adjusted: {a}": "Ansicht verändert: {a}",
    "Changes what you see, not what was recorded. Exports leave it out unless asked, and recorded only shows none of "
    "it.":
        "Ändert, was zu sehen ist, nicht, was aufgezeichnet wurde. Exporte lassen es weg, wenn sie nicht danach gefragt werden, und „nur "
        "Aufgezeichnetes“ zeigt nichts davon.",
    "with the look of the view ({a})": "mit dem Aussehen der Ansicht ({a})",
    "The record beside it says so; the recorded-only twin stays as it is":
        "Die Aufzeichnung daneben sagt es; der Zwilling aus Aufgezeichnetem bleibt, wie er ist",
    "Region {region} of the recording, seed {seed}: {size} pixels. Beside it: how it was made, which pixels were recorded, and a "
    "recorded-only twin.":
        "Ausschnitt {region} der Aufnahme, Saat {seed}: {size} Bildpunkte. Daneben: wie es entstand, "
        "welche Bildpunkte aufgezeichnet wurden, "
        "und ein Zwilling nur aus Aufgezeichnetem.",
    # file facts
    "{what} of {a}": "{what} aus {a}", "not said": "nicht angegeben", "matrix {n}": "Matrix {n}",
    "File": "Datei", "Picture": "Bild", "Colour": "Farbe", "Sound": "Ton", "File facts": "Dateiangaben", "range": "Bereich", "none":
        "keiner",
    "yes, played along; M switches it off": "ja, wird mitgespielt; M schaltet ihn ab", "Levels": "Stufen", "Turned": "Gedreht",
    "Pixels": "Bildpunkte", "Lost": "Verloren", "Notes": "Hinweise", "{w} × {h}, {depth} bit": "{w} × {h}, {depth} Bit",
    "per second": "je Sekunde", ", uneven": ", ungleichmäßig", "{n}° clockwise, as the file asks":
        "{n}° im Uhrzeigersinn, wie die Datei verlangt",
    "{n} as wide as high; shown square": "{n}-mal so breit wie hoch; quadratisch gezeigt", "limited": "begrenzter",
    "Everything else is whole and shown. File ▸ Restore writes it out.":
        "Alles andere ist heil und wird gezeigt. Datei ▸ Wiederherstellen schreibt es heraus.",
    "{n} stored: full size": "{n} gespeichert: volle Größe", "No file is open.": "Keine Datei ist geöffnet.",
    "Lorentz recording (.lzc)": "Lorentz-Aufnahme (.lzc)", "video": "Video", "pictures": "Bilder",
    "Bytes per level over time": "Bytes je Stufe über die Zeit", "level {n}: {share} % of {size} kB": "Stufe {n}: {share} % von {size} kB",
    # settings
    "Settings": "Einstellungen", "Keep": "Übernehmen", "Theme": "Aussehen", "dark": "dunkel", "light": "hell",
    "Pictures are surrounded by dark in both": "Bilder sind in beiden dunkel umgeben", "Language": "Sprache", "as the system":
        "wie das System",
    "Shown after the next start": "Gilt nach dem nächsten Start", "Networks run on": "Netze rechnen auf", "what is best": "dem Besten",
    "For work that starts from now on": "Für Arbeit, die ab jetzt beginnt", "How hard jobs may press": "Wie sehr Aufträge drängen dürfen",
    "give way to zooms and the window": "lassen Zooms und Fenster den Vortritt", "take what they need": "nehmen, was sie brauchen",
    "Quality of new files": "Qualität neuer Dateien", "Cache, MB": "Zwischenspeicher, MB", "Response time, ms": "Antwortzeit, ms",
    "Memory for tiles that may be seen again; after the next start":
        "Speicher für Kacheln, die wiederkommen können; nach dem nächsten Start",
    "A view should be finished in this time; longer allows more detail":
        "In dieser Zeit soll eine Ansicht fertig sein; länger erlaubt mehr Details",
}
TABLE: dict[str, str] = _ACTIONS | _DATA | _FILES | _TEXTS
