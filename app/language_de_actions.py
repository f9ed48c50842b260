"""German: menus and commands."""
from __future__ import annotations

TABLE: dict[str, str] = {
    "&File": "&Datei", "&View": "&Ansicht", "&Play": "A&bspielen", "&Zoom": "&Zoom", "&Compare": "&Vergleichen", "&Measure": "&Messen",
    "&Mark": "Mar&kieren", "&Jobs": "A&ufträge", "&Help": "&Hilfe",
    "&Open…": "&Öffnen…", "Open a .lzc file, a video or a picture": "Eine .lzc-Datei, ein Video oder ein Bild öffnen",
    "Open &folder of pictures…": "Bilder&ordner öffnen…", "Open a folder of pictures as a clip": "Einen Ordner mit Bildern als Clip öffnen",
    "&Close": "&Schließen", "Close the present file": "Die geöffnete Datei schließen",
    "Co&mpress…": "Ko&mprimieren…",
    "Compress a video or a folder of pictures into a .lzc file": "Ein Video oder einen Bilderordner in eine .lzc-Datei komprimieren",
    "&Restore…": "&Wiederherstellen…", "Turn a .lzc file back into video or pictures":
        "Aus einer .lzc-Datei wieder Video oder Bilder machen",
    "L&ibrary": "&Bibliothek", "Show or hide what was opened before, and the files of a folder, with pictures":
        "Früher Geöffnetes und die Dateien eines Ordners mit Bildern zeigen oder verbergen",
    "Se&veral files…": "Me&hrere Dateien…", "Compress, restore or export many files in one go":
        "Viele Dateien in einem Zug komprimieren, wiederherstellen oder exportieren",
    "Export f&rame…": "&Einzelbild exportieren…", "Write the whole frame on screen as a picture":
        "Das gezeigte Einzelbild als Bild schreiben",
    "Export region as &picture…": "Ausschnitt als &Bild exportieren…",
    "Write the zoomed region as a picture, with a record of how it was made":
        "Den Ausschnitt als Bild schreiben, mit einer Aufzeichnung, wie es entstand",
    "Export region as c&lip…": "Ausschnitt als C&lip exportieren…",
    "Write the zoomed region of a run of frames as a clip": "Den Ausschnitt einer Bildfolge als Clip schreiben",
    "Export compariso&n…": "Verg&leich exportieren…",
    "Write the comparison on screen as a picture, with a record of both sides":
        "Den Vergleich auf dem Bildschirm als Bild schreiben, mit einer Aufzeichnung beider Seiten",
    "Write a re&port…": "Be&richt schreiben…",
    "One file with pictures, measurements, parameters and hashes of what you marked":
        "Eine Datei mit Bildern, Messungen, Parametern und Prüfsummen des Markierten",
    "&Quit": "Be&enden", "Stop what runs and close the window": "Laufendes anhalten und das Fenster schließen",
    "&Truth overlay": "&Herkunft zeigen",
    "Colour every pixel by where it comes from: coded, restored, interpolated or synthesised":
        "Jeden Bildpunkt nach Herkunft färben: kodiert, restauriert, interpoliert oder synthetisch",
    "&Recorded only": "Nur &Aufgezeichnetes",
    "Show nothing that was not recorded. R switches; held down, it is on for as long as it is held":
        "Nichts zeigen, was nicht aufgezeichnet wurde. R schaltet um; gehalten gilt es, solange gehalten wird",
    "&Uncertainty map": "&Unsicherheitskarte",
    "Draw several samples of made detail and colour where they disagree; takes its time":
        "Mehrere Stichproben synthetischer Details ziehen und färben, wo sie sich widersprechen; braucht Zeit",
    "Look of the &view…": "Aussehen der &Ansicht…",
    "Contrast, gamma, sharpness and noise of the zoomed view, for the eye":
        "Kontrast, Gamma, Schärfe und Rauschen der gezoomten Ansicht, nur fürs Auge",
    "&Unfiltered pixels": "U&ngefilterte Bildpunkte",
    "Show recorded pixels as squares: nothing is smoothed, nothing is made":
        "Aufgezeichnete Bildpunkte als Quadrate zeigen: nichts geglättet, nichts erzeugt",
    "&Loupe": "&Lupe", "Recorded pixels under the cursor, large, with their values":
        "Aufgezeichnete Bildpunkte unter dem Zeiger, groß, mit ihren Werten",
    "&Minimap": "Übersichts&karte", "The whole picture, small, in the corner of the zoomed view; a click in it goes there":
        "Das ganze Bild klein in der Ecke der Zoomansicht; ein Klick darin geht dorthin",
    "&Zoomed view alone": "Nur die &Zoomansicht", "Hide the whole frame and give its room to the zoomed view":
        "Das ganze Bild ausblenden und der Zoomansicht den Platz geben",
    "&Full screen": "&Vollbild", "Use the whole screen; the same key comes back":
        "Den ganzen Bildschirm nutzen; dieselbe Taste führt zurück",
    "File f&acts": "&Dateiangaben", "Show or hide what is known of the file": "Zeigen oder verbergen, was über die Datei bekannt ist",
    "&Settings…": "&Einstellungen…", "Theme, language, device, cache": "Aussehen, Sprache, Gerät, Zwischenspeicher",
    "&Command palette…": "&Befehlsliste…", "Find any command by typing a part of its name":
        "Jeden Befehl durch Tippen eines Namensteils finden",
    "&Play / pause": "&Abspielen / Pause", "Play or pause": "Abspielen oder anhalten",
    "Play &backwards": "&Rückwärts", "Play backwards; again for ×2, ×4, ×8": "Rückwärts abspielen; erneut für ×2, ×4, ×8",
    "&Stop": "&Halt", "Pause": "Pause", "Play &forwards": "&Vorwärts", "Play forwards; again for ×2, ×4, ×8":
        "Vorwärts abspielen; erneut für ×2, ×4, ×8",
    "Step bac&k": "Bild &zurück", "One frame back": "Ein Bild zurück", "Step for&ward": "Bild &vor", "One frame forward": "Ein Bild vor",
    "One second back": "Eine Sekunde zurück", "One second forward": "Eine Sekunde vor",
    "First frame": "Erstes Bild", "Go to the first frame": "Zum ersten Bild gehen", "Last frame": "Letztes Bild",
    "Go to the last frame": "Zum letzten Bild gehen", "&Go to frame or time…": "&Gehe zu Bild oder Zeit…",
    "Type a frame number like 120, or a time like 1:12.5": "Eine Bildnummer wie 120 oder eine Zeit wie 1:12.5 eingeben",
    "S&lower": "&Langsamer", "Half the speed": "Halbe Geschwindigkeit", "F&aster": "&Schneller", "Twice the speed":
        "Doppelte Geschwindigkeit",
    "&Mute": "S&tumm", "No sound": "Kein Ton", "Louder": "Lauter", "Turn the sound up": "Den Ton lauter stellen", "Softer": "Leiser",
    "Turn the sound down": "Den Ton leiser stellen", "Loop from here (&A)": "Schleife ab hier (&A)",
    "Playing begins here and comes back to here": "Das Abspielen beginnt hier und kehrt hierher zurück",
    "Loop to here (B)": "Schleife bis hier (B)", "Playing goes on to here, then back to A": "Das Abspielen geht bis hier, dann zurück zu A",
    "No loop between A and B": "Keine Schleife von A nach B", "Play all of it again": "Wieder alles abspielen",
    "Repeat": "Wiederholen", "Start again at the end": "Am Ende von vorn beginnen",
    "&Fit": "Ein&passen", "The whole frame": "Das ganze Bild", "&1:1": "&1:1",
    "One recorded pixel on one screen pixel: the recorded limit":
        "Ein aufgezeichneter Bildpunkt auf einem Bildschirmpunkt: die Grenze der Aufzeichnung",
    "×2": "×2", "×4": "×4", "×8": "×8", "×16": "×16", "×32": "×32", "×64": "×64",
    "Two screen pixels for each recorded pixel": "Zwei Bildschirmpunkte je aufgezeichnetem Bildpunkt",
    "Four screen pixels for each recorded pixel": "Vier Bildschirmpunkte je aufgezeichnetem Bildpunkt",
    "Eight screen pixels for each recorded pixel": "Acht Bildschirmpunkte je aufgezeichnetem Bildpunkt",
    "Sixteen screen pixels for each recorded pixel": "Sechzehn Bildschirmpunkte je aufgezeichnetem Bildpunkt",
    "32 screen pixels for each recorded pixel": "32 Bildschirmpunkte je aufgezeichnetem Bildpunkt",
    "64 screen pixels for each recorded pixel": "64 Bildschirmpunkte je aufgezeichnetem Bildpunkt",
    "Zoom &in": "Ver&größern", "Twice the magnification": "Doppelte Vergrößerung", "Zoom &out": "Ver&kleinern",
    "Half the magnification": "Halbe Vergrößerung", "Move left": "Nach links", "Move the view a quarter to the left":
        "Die Ansicht ein Viertel nach links bewegen",
    "Move right": "Nach rechts", "Move the view a quarter to the right": "Die Ansicht ein Viertel nach rechts bewegen",
    "Move up": "Nach oben", "Move the view a quarter up": "Die Ansicht ein Viertel nach oben bewegen",
    "Move down": "Nach unten", "Move the view a quarter down": "Die Ansicht ein Viertel nach unten bewegen",
    "&Back": "&Zurück", "Back to the view before": "Zur vorigen Ansicht", "For&ward": "&Weiter", "Forward to the view after":
        "Zur nächsten Ansicht",
    "Box &tool": "&Rahmen ziehen", "Draw boxes in the zoomed view with a plain drag (otherwise with Shift)":
        "In der Zoomansicht durch einfaches Ziehen Rahmen aufziehen (sonst mit Umschalt)",
    "Type the &magnification…": "Vergrößerung &eingeben…", "Type an exact magnification; the fields after it take the exact region":
        "Eine genaue Vergrößerung eingeben; die Felder danach nehmen den genauen Ausschnitt",
    "Lock a f&iner level": "Fe&inere Stufe festhalten", "Show the stored level that is one finer, whatever the magnification":
        "Die nächstfeinere Stufe zeigen, gleich bei welcher Vergrößerung",
    "Lock a &coarser level": "&Gröbere Stufe festhalten",
    "Show the level that is one coarser, whatever the magnification; nothing is made from it":
        "Die nächstgröbere Stufe zeigen, gleich bei welcher Vergrößerung; aus ihr wird nichts erzeugt",
    "Level by ma&gnification": "Stufe nach &Vergrößerung", "Choose the level by the magnification again":
        "Die Stufe wieder nach der Vergrößerung wählen",
    "&Next alternative": "&Nächste Alternative",
    "Another plausible detail: what changes was not recorded. Seed 0 is the expected detail":
        "Ein anderes plausibles Detail: was sich ändert, wurde nicht aufgezeichnet. 0 ist das erwartete Detail",
    "&Previous alternative": "&Vorige Alternative", "Back to the alternative before": "Zurück zur Alternative davor",
    "With another &file…": "Mit anderer &Datei…", "Compare with another recording, same time, same place":
        "Mit einer anderen Aufnahme vergleichen, gleiche Zeit, gleiche Stelle",
    "&Hold this frame": "Dieses Bild &festhalten", "Hold this frame as side B, then move on: before and after":
        "Dieses Bild als Seite B festhalten, dann weitergehen: vorher und nachher",
    "With a stored &level": "Mit gespeicherter &Stufe", "Compare with the next coarser stored level":
        "Mit der nächstgröberen gespeicherten Stufe vergleichen",
    "With &recorded only": "Mit nur &Aufgezeichnetem", "Compare what is shown with recorded pixels alone":
        "Gezeigtes mit aufgezeichneten Bildpunkten allein vergleichen",
    "With the next &alternative": "Mit der nächsten A&lternative", "What differs between alternatives was not recorded":
        "Was sich zwischen Alternativen unterscheidet, wurde nicht aufgezeichnet",
    "&Wipe": "&Wischen", "A to the left of a line that can be dragged, B to the right": "A links einer ziehbaren Linie, B rechts davon",
    "&Side by side": "&Nebeneinander", "Two views that move together": "Zwei Ansichten, die sich gemeinsam bewegen",
    "&Blink": "&Blinken", "A and B in turn, at the same place": "A und B abwechselnd an derselben Stelle",
    "&Difference": "D&ifferenz", "How far the two pictures are apart, pixel by pixel":
        "Wie weit die Bilder auseinanderliegen, Punkt für Punkt",
    "Difference &stronger": "Differenz &stärker", "Difference ×1, ×2, ×4, ×8, ×16": "Differenz ×1, ×2, ×4, ×8, ×16",
    "E&xchange the sides": "Seiten &tauschen", "Open side B, and compare with what was open":
        "Seite B öffnen und mit dem bisher Geöffneten vergleichen",
    "&No comparison": "&Kein Vergleich", "Side A alone": "Nur Seite A",
    "&Measurements": "&Messwerte", "Show or hide pixel values, histogram, waveform and line profile":
        "Punktwerte, Histogramm, Wellenform und Linienprofil zeigen oder verbergen",
    "&Distance": "&Strecke", "Drag from one place to another in the zoomed view": "In der Zoomansicht von einer Stelle zur anderen ziehen",
    "&Angle": "&Winkel", "Drag the first side, then click where the second one ends":
        "Den ersten Schenkel ziehen, dann klicken, wo der zweite endet",
    "&Line profile": "&Linienprofil", "Drag a line: the luma of the recorded pixels it passes":
        "Eine Linie ziehen: die Helligkeit der aufgezeichneten Bildpunkte darunter",
    "Set the &scale…": "&Maßstab setzen…", "Say how long a drawn distance really is":
        "Angeben, wie lang eine gezeichnete Strecke wirklich ist",
    "&Forget the scale": "Maßstab &vergessen", "Distances in pixels again": "Strecken wieder in Bildpunkten",
    "&Bookmark": "&Lesezeichen", "Remember this frame": "Dieses Bild merken", "&Note": "&Notiz",
    "Click a place in the zoomed view and write about it": "Eine Stelle in der Zoomansicht anklicken und etwas dazu schreiben",
    "&Region": "&Bereich", "Drag a box around something; inside a loop it lasts from A to B":
        "Einen Rahmen um etwas ziehen; in einer Schleife gilt er von A bis B",
    "&Arrow": "&Pfeil", "Drag an arrow to something": "Einen Pfeil auf etwas ziehen", "&Follow this": "Dem hier &folgen",
    "Keep the zoomed view on what it shows now, while it plays or steps; off again, the track is kept":
        "Die Zoomansicht beim Abspielen auf dem halten, was sie jetzt zeigt; beim Ausschalten bleibt die Spur",
    "&Write on the chosen mark": "Gewählte Markierung be&schreiben", "Write or change what is noted": "Die Notiz schreiben oder ändern",
    "&Extend to this frame": "Bis zu diesem Bild &ausdehnen", "The chosen mark is seen up to the frame on screen":
        "Die gewählte Markierung ist bis zum gezeigten Bild zu sehen",
    "Re&move the chosen mark": "Gewählte Markierung &entfernen", "Take it away; undo brings it back":
        "Wegnehmen; Rückgängig bringt sie wieder",
    "&Undo": "&Rückgängig", "Take back the last change of marks": "Die letzte Änderung an Markierungen zurücknehmen", "Re&do":
        "&Wiederholen",
    "Do it again": "Noch einmal tun", "Ne&xt mark": "Nä&chste Markierung", "Go to the next marked frame": "Zum nächsten markierten Bild",
    "&Previous mark": "&Vorige Markierung", "Go to the marked frame before": "Zum vorigen markierten Bild",
    "&Show marks": "Markierungen &zeigen", "Show or hide the list of marks": "Die Liste der Markierungen zeigen oder verbergen",
    "Put the &tool away": "Werkzeug weg&legen", "Draw nothing after all": "Doch nichts zeichnen",
    "&Show jobs": "Aufträge &zeigen", "Show or hide the list of jobs": "Die Liste der Aufträge zeigen oder verbergen",
    "&Verify this file": "Diese Datei &prüfen", "Check that the .lzc file is whole and decodes as it was written":
        "Prüfen, ob die .lzc-Datei heil ist und sich so dekodiert, wie sie geschrieben wurde",
    "&Learn a camera…": "&Kamera lernen…", "Learn the place that a camera looks at which stands still: its recordings get smaller":
        "Den Ort lernen, auf den eine Kamera blickt, die stillsteht: Ihre Aufnahmen werden kleiner",
    "Check an &export…": "Einen &Export prüfen…", "Make an exported picture or clip again from the record beside it, and compare":
        "Ein exportiertes Bild oder einen Clip aus der Aufzeichnung daneben neu erzeugen und vergleichen",
    "&Cancel the running job": "Laufenden Auftrag &abbrechen", "Stop the job that runs now": "Den jetzt laufenden Auftrag anhalten",
    "&Go on with what was left": "Liegengebliebenes &fortsetzen",
    "Start again what was not finished when the program ended last; a compression goes on where it stopped":
        "Neu starten, was beim letzten Ende nicht fertig war; eine Kompression macht weiter, wo sie aufhörte",
    "&Forget what was left": "Liegengebliebenes &vergessen", "Do not finish it": "Nicht fertigstellen",
    "C&lear finished jobs": "Fertige Aufträge weg&räumen", "Take finished jobs off the list": "Fertige Aufträge aus der Liste nehmen",
    "&Keys": "&Tasten", "Every key and what it does": "Jede Taste und was sie tut", "&First steps": "&Erste Schritte",
    "Show the first hint again": "Den ersten Hinweis wieder zeigen", "&Messages so far": "&Bisherige Meldungen",
    "Everything the message bar has said": "Alles, was die Meldungsleiste gesagt hat", "&About": "Ü&ber", "What this program is":
        "Was dieses Programm ist",
}
