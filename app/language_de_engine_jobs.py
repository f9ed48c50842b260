"""German for what jobs and zooms say, and for the faults of the program itself."""
from __future__ import annotations

TABLE: dict[str, str] = {
    # names and places
    "no such file": "diese Datei gibt es nicht", "check the name": "den Namen prüfen", "no such file or folder":
        "diese Datei oder diesen Ordner gibt es nicht",
    "this link points to nothing": "diese Verknüpfung führt ins Leere", "check where it leads": "prüfen, wohin sie führt",
    "this folder has no pictures in it": "in diesem Ordner sind keine Bilder", "name a video file or a folder of pictures":
        "eine Videodatei oder einen Bilderordner nennen",
    "this is neither a file nor a folder": "das ist weder Datei noch Ordner", "name a video file": "eine Videodatei nennen",
    "the recording or the copy may have been broken off": "die Aufnahme oder das Kopieren wurde vielleicht abgebrochen",
    "this file cannot be read": "diese Datei lässt sich nicht lesen", "check its rights": "die Rechte prüfen",
    "check the rights of the file and its folder": "die Rechte der Datei und ihres Ordners prüfen",
    "this cannot be a file name": "das kann kein Dateiname sein", "choose another name": "einen anderen Namen wählen",
    "choose another name or folder": "einen anderen Namen oder Ordner wählen", "choose a shorter name": "einen kürzeren Namen wählen",
    "the name is too long": "der Name ist zu lang",
    "the output is the input": "das Ziel ist die Quelle", "unknown ending {}": "unbekannte Endung {}",
    "the output needs an ending": "das Ziel braucht eine Endung",
    "the output folder does not exist": "den Zielordner gibt es nicht", "this is not a folder": "das ist kein Ordner",
    "make it first or choose another": "zuerst anlegen oder einen anderen wählen", "make it first": "zuerst anlegen",
    "this is a folder, not a file": "das ist ein Ordner, keine Datei", "name a file": "eine Datei nennen",
    "this is not an ordinary file": "das ist keine gewöhnliche Datei",
    "cannot write into this folder": "in diesen Ordner lässt sich nicht schreiben",
    "not enough free space: about {} needed, {} free": "nicht genug Platz: etwa {} nötig, {} frei",
    "free some space or choose another folder": "Platz schaffen oder einen anderen Ordner wählen", "free some space": "Platz schaffen",
    "choose another folder": "einen anderen Ordner wählen",
    "the disk quota is used up": "das Kontingent auf dem Datenträger ist aufgebraucht", "the folder is read-only":
        "der Ordner ist schreibgeschützt",
    "the system does not allow this": "das System erlaubt das nicht", "a part of the path is not a folder":
        "ein Teil des Pfads ist kein Ordner",
    "the disk reports a fault": "der Datenträger meldet einen Fehler", "check the disk or choose another folder":
        "den Datenträger prüfen oder einen anderen Ordner wählen",
    "the file grows past what the system allows": "die Datei wird größer, als das System erlaubt",
    "close other programs": "andere Programme schließen",
    "not enough memory for this picture size": "nicht genug Speicher für diese Bildgröße",
    "close other programs or use a smaller source": "andere Programme schließen oder eine kleinere Quelle nehmen",
    # compressing
    "the output lies in the folder that is to be compressed": "das Ziel liegt in dem Ordner, der komprimiert werden soll",
    "this is a .lzc file already": "das ist schon eine .lzc-Datei", "restore it first to compress it anew":
        "zuerst wiederherstellen, um neu zu komprimieren",
    "there are no frames in this video": "in diesem Video sind keine Bilder",
    "the picture is {}x{}, larger than {} on a side or {} pixels": "das Bild ist {}×{} groß, mehr als {} je Seite oder {} Bildpunkte",
    "was made for a camera of {}x{}, the picture is {}x{}": "ist für eine Kamera mit {}×{} gemacht, das Bild ist {}×{} groß",
    "adapt to a clip of this camera": "aus einem Clip dieser Kamera lernen",
    "cancelled; {} of {} frames are safe in {}.part: the same command goes on from there":
        "abgebrochen; {} von {} Bildern sind in {}.part sicher: derselbe Befehl macht dort weiter",
    "cancelled; the first frames are safe in {}.part: the same command goes on from there":
        "abgebrochen; die ersten Bilder sind in {}.part sicher: derselbe Befehl macht dort weiter",
    "cancelled; nothing was written": "abgebrochen; nichts wurde geschrieben",
    "{} kbit/s is {}; {} was asked for": "{} kbit/s sind {}; gewünscht waren {}",
    "the least that this video takes": "das wenigste, was dieses Video braucht", "the most that this video takes":
        "das meiste, was dieses Video braucht",
    "as close as it gets": "so nah, wie es geht",
    "about {} at quality {} ({} kbit/s), from {} of {} frames": "etwa {} bei Qualität {} ({} kbit/s), aus {} von {} Bildern",
    "about {} at quality {} ({} kbit/s, {} % of the {} there are now), from {} of {} frames":
        "etwa {} bei Qualität {} ({} kbit/s, {} % der jetzigen {}), aus {} von {} Bildern",
    "only video is compressed with what was learnt of a camera": "nur Video wird mit dem komprimiert, was von einer Kamera gelernt wurde",
    "leave --adapted away": "keine gelernte Kamera wählen", "only video is compressed to a bitrate":
        "nur Video wird auf eine Bitrate komprimiert",
    "use --quality for sound, or --max-error": "für Ton die Qualität wählen oder einen größten Fehler",
    "a .lzc file has no --max-error and no --lossless": "eine .lzc-Datei kennt keinen größten Fehler und kein „ohne Verlust“",
    "video has no --max-error and no --lossless": "Video kennt keinen größten Fehler und kein „ohne Verlust“",
    "use --quality or --bitrate": "Qualität oder Bitrate wählen", "quality {} is not between 0 and 63":
        "Qualität {} liegt nicht zwischen 0 und 63",
    "{} is none of {}": "{} ist keines von {}",
    "--bitrate {} leaves nothing for the pictures: the sound alone takes {} kbit/s":
        "Bitrate {} lässt nichts für die Bilder: der Ton allein braucht {} kbit/s",
    "ask for more": "mehr verlangen", "look for the quality": "sucht die Qualität", "look for the quality ({}?)":
        "sucht die Qualität ({}?)",
    "look at line {}": "sieht Zeile {} an", "look for damage": "sucht nach Schäden",
    "{} frames cannot be decoded and are left out, the first is frame {}":
        "{} Bilder lassen sich nicht dekodieren und sind weggelassen, das erste ist Bild {}",
     "predict": "sagt vorher",
    # learning a camera
    "name at least one clip of the camera": "mindestens einen Clip der Kamera nennen",
    "{}x{} is not the size of the first clip, {}x{}": "{}×{} ist nicht die Größe des ersten Clips, {}×{}",
    "clips of one camera have one size": "Clips einer Kamera sind gleich groß",
    "a picture of {}x{} is too large to adapt to": "ein Bild von {}×{} ist zu groß, um daraus zu lernen",
    "{} frames are too few to learn a place from and to keep some back":
        "{} Bilder sind zu wenige, um einen Ort zu lernen und einige zurückzuhalten",
    "at least {} are needed, and {} of them in the last clip": "mindestens {} sind nötig, davon {} im letzten Clip",
    "this camera cannot be adapted to: on {} frames that were kept back it is far worse; nothing was written":
        "von dieser Kamera lässt sich nichts lernen: bei {} zurückgehaltenen Bildern ist es weit schlechter; nichts wurde geschrieben",
    "this camera cannot be adapted to: on {} frames that were kept back {} % more bits were needed; nothing was written":
        "von dieser Kamera lässt sich nichts lernen: bei {} zurückgehaltenen Bildern waren {} % mehr Bits nötig; nichts wurde geschrieben",
    "this camera cannot be adapted to: on {} frames that were kept back only {} % of the bits are saved; nothing was written":
        "von dieser Kamera lässt sich nichts lernen: bei {} zurückgehaltenen Bildern spart es nur {} % der Bits; nichts wurde geschrieben",
    "it helps where the camera stands still and most of the place stays as it is":
        "es hilft, wo die Kamera stillsteht und das meiste bleibt, wie es ist",
    # many files
    "more than {} files": "mehr als {} Dateien", "choose a folder further down": "einen Ordner weiter unten wählen",
    "{} is a .lzc file already": "{} ist schon eine .lzc-Datei", "{} is no .lzc file": "{} ist keine .lzc-Datei",
    "{} is there already": "{} gibt es schon", "there are no pictures in this file": "in dieser Datei sind keine Bilder",
    "leave it out": "weglassen",
    # restoring and predicting
    "this is not a .lzc file": "das ist keine .lzc-Datei", "restore reads what compress has written":
        "wiederherstellen lässt sich, was komprimiert wurde",
    "there is no frame {}: the recording has {}, numbered from 0": "es gibt kein Bild {}: die Aufnahme hat {}, ab 0 gezählt",
    "name another range": "einen anderen Bereich nennen",
    "there is no level {}: the recording has levels 0 to {}": "es gibt keine Stufe {}: die Aufnahme hat die Stufen 0 bis {}",
    "{} frames are lost and left out, the first is frame {}": "{} Bilder sind verloren und weggelassen, das erste ist Bild {}",
    "this is the decoder's output, nothing is restored: {}": "das ist die Ausgabe des Decoders, nichts ist restauriert: {}",
    "{} frames cannot be predicted": "{} Bilder lassen sich nicht vorhersagen", "choose 1 to {}": "1 bis {} wählen",
    "choose 0 to {}": "0 bis {} wählen", "choose {} to {}": "{} bis {} wählen",
    "nothing can be predicted from frame {}": "aus Bild {} lässt sich nichts vorhersagen",
    "two frames are needed: choose 1 to {}": "zwei Bilder sind nötig: 1 bis {} wählen", "one picture has no motion":
        "ein einzelnes Bild hat keine Bewegung",
    # exporting
    "two outputs would have one name": "zwei Ziele hätten denselben Namen", "name the mask differently": "die Maske anders nennen",
    "the mask and the picture would have one name": "Maske und Bild hätten denselben Namen",
    "there are no frames {} to {}": "es gibt keine Bilder {} bis {}", "frames are 0 to {}": "Bilder gibt es von 0 bis {}",
    "only pictures can carry Content Credentials here": "nur Bilder können hier Content Credentials tragen",
    "let the name end in .png": "den Namen auf .png enden lassen", "let the name end in .mp4 or .mkv":
        "den Namen auf .mp4 oder .mkv enden lassen",
    "a picture holds one frame": "ein Bild enthält nur ein einziges Bild der Aufnahme", "a zoomed picture is written as PNG":
        "ein Ausschnitt wird als PNG geschrieben",
    "the output would become part of the source folder": "das Ziel würde Teil des Quellordners",
    # checking an export
    "no match: {}": "stimmt nicht überein: {}", "match: {} was made again, pixel for pixel":
        "stimmt überein: {} wurde Punkt für Punkt neu erzeugt",
    "match: {} was made again, within {} grey steps": "stimmt überein: {} wurde bis auf {} Graustufen neu erzeugt",
    "match: {} was made again, pixel for pixel before video coding":
        "stimmt überein: {} wurde neu erzeugt, Punkt für Punkt vor der Videokodierung",
    "the sidecar was changed after the export": "die Begleitdatei wurde nach dem Export verändert",
    "the source is not the file the clip was made from": "die Quelle ist nicht die Datei, aus der der Clip entstand",
    "the source is not the file the picture was made from": "die Quelle ist nicht die Datei, aus der das Bild entstand",
    "made again, {} of {} frames differ, the first is frame {}": "neu erzeugt weichen {} von {} Bildern ab, das erste ist Bild {}",
    "the clip was changed after the export": "der Clip wurde nach dem Export verändert",
    "the picture was changed after the export": "das Bild wurde nach dem Export verändert",
    "made again, the picture differs by up to {} grey steps ({} allowed)":
        "neu erzeugt weicht das Bild um bis zu {} Graustufen ab (erlaubt: {})",
    "the picture {} is gone, and made again it is not the one the sidecar names":
        "das Bild {} ist fort, und neu erzeugt ist es nicht das, das die Begleitdatei nennt",
    "{}: the sidecar says {}, made again it is {}": "{}: die Begleitdatei sagt {}, neu erzeugt ist es {}",
    "the counts of recorded and synthesised pixels differ": "die Zahlen aufgezeichneter und synthetischer Bildpunkte weichen ab",
    "the mask {} was changed after the export": "die Maske {} wurde nach dem Export verändert",
    "the recorded-only twin {} was changed after the export": "der Zwilling aus Aufgezeichnetem {} wurde nach dem Export verändert",
    "the uncertainty {} was changed after the export": "die Unsicherheit {} wurde nach dem Export verändert",
    "the mask {} does not say where the pixels come from": "die Maske {} sagt nicht, woher die Bildpunkte stammen",
    "this sidecar asks for what cannot be": "diese Begleitdatei verlangt Unmögliches", "it was changed or cut off":
        "sie wurde verändert oder abgeschnitten",
    "this is not the sidecar of a {}": "das ist nicht die Begleitdatei zu: {}", "name the .json beside the clip":
        "die .json neben dem Clip nennen",
    "write": "schreibt", "zoomed clip": "Ausschnitt als Clip", "predicted clip": "vorhergesagter Clip",
    "this sidecar has version {}, which this program does not know": "diese Begleitdatei hat Version {}, die dieses Programm nicht kennt",
    "use a newer program": "ein neueres Programm benutzen", "the source of this {} is gone": "die Quelle ist fort ({})",
    "the source of this picture is gone": "die Quelle dieses Bilds ist fort", "put it beside {}": "neben {} legen",
    "this is not a sidecar of a zoomed picture": "das ist keine Begleitdatei eines Ausschnitts", "name the .png.json beside the picture":
        "die .png.json neben dem Bild nennen",
    "this sidecar lacks what is needed to make the picture again":
        "in dieser Begleitdatei fehlt, was nötig ist, um das Bild neu zu erzeugen",
    "this is not a PNG picture": "das ist kein PNG-Bild", "this picture is not {}x{} pixels": "dieses Bild hat nicht {}×{} Bildpunkte",
    "this PNG picture is damaged": "dieses PNG-Bild ist beschädigt", "the look of the picture cannot be read":
        "das Aussehen des Bilds lässt sich nicht lesen",
    "the sidecar was changed or cut off": "die Begleitdatei wurde verändert oder abgeschnitten",
    # signing
    "Content Credentials need the package c2pa-python": "Content Credentials brauchen das Paket c2pa-python",
    "pip install 'lorentz-zoom[credentials]'": "pip install 'lorentz-zoom[credentials]'", "this is no PEM file": "das ist keine PEM-Datei",
    "it is far too large": "sie ist viel zu groß", "there is no certificate in this file": "in dieser Datei ist kein Zertifikat",
    "it must be PEM": "sie muss PEM sein", "there is no key without password in this file":
        "in dieser Datei ist kein Schlüssel ohne Passwort",
    "Content Credentials know no signature with this kind of key":
        "Content Credentials kennen keine Unterschrift mit dieser Art von Schlüssel",
    "use a P-256 key": "einen P-256-Schlüssel benutzen", "the key does not belong to the first certificate":
        "der Schlüssel gehört nicht zum ersten Zertifikat",
    "the signer's comes first": "das des Unterzeichners kommt zuerst", "the picture could not be signed: {}":
        "das Bild ließ sich nicht unterschreiben: {}",
    "is it made for signing?": "ist es zum Unterschreiben gemacht?", "the signed picture does not read back as valid: {}":
        "das unterschriebene Bild ist beim Zurücklesen nicht gültig: {}",
    "is the certificate in date and made for signing?": "ist das Zertifikat gültig und zum Unterschreiben gemacht?",
    # zooming
    "{} samples cannot be drawn": "{} Stichproben lassen sich nicht ziehen", "there is no level {}": "es gibt keine Stufe {}",
    "levels are 0 to {}": "Stufen gibt es von 0 bis {}", "this view could not be drawn: {}": "diese Ansicht ließ sich nicht zeichnen: {}",
    "this view could not be drawn: {}: {}": "diese Ansicht ließ sich nicht zeichnen: {}: {}",
    "beyond the record this view is interpolated, nothing is synthesised: {}":
        "über die Aufzeichnung hinaus ist diese Ansicht interpoliert, nichts ist synthetisiert: {}",
    "beyond the record this picture is interpolated, nothing is synthesised: {}":
        "über die Aufzeichnung hinaus ist dieses Bild interpoliert, nichts ist synthetisiert: {}",
    "this view is shown as decoded, nothing is restored: {}": "diese Ansicht ist wie dekodiert, nichts ist restauriert: {}",
    "this picture is as decoded, nothing is restored: {}": "dieses Bild ist wie dekodiert, nichts ist restauriert: {}",
    "the region {} is not four numbers": "der Ausschnitt {} besteht nicht aus vier Zahlen", "give x, y, width, height in source pixels":
        "x, y, Breite, Höhe in Bildpunkten der Quelle angeben",
    "the region {},{} {}x{} holds a value that is not finite": "der Ausschnitt {},{} {}×{} enthält einen Wert, der nicht endlich ist",
    "the region {},{} {}x{} is empty": "der Ausschnitt {},{} {}×{} ist leer", "width and height must be above 0":
        "Breite und Höhe müssen über 0 sein",
    "the region {},{} {}x{} leaves the frame of {}x{}": "der Ausschnitt {},{} {}×{} ragt aus dem Bild von {}×{}",
    "choose a region inside the frame": "einen Ausschnitt im Bild wählen", "there is no frame {}": "es gibt kein Bild {}",
    "the viewport {} is not two whole numbers": "die Größe der Ansicht {} besteht nicht aus zwei ganzen Zahlen",
    "a view of {}x{} pixels cannot be made": "eine Ansicht von {}×{} Bildpunkten ist nicht möglich",
    "make the window larger or smaller": "das Fenster größer oder kleiner machen",
    "the magnification {} is not a number above 0": "die Vergrößerung {} ist keine Zahl über 0",
    "{}x{} pixels magnified x{} make a picture too large to export":
        "{}×{} Bildpunkte ergeben bei Vergrößerung ×{} ein Bild, das zum Exportieren zu groß ist",
    "stay below {} million pixels": "unter {} Millionen Bildpunkten bleiben", "{}x{} pixels at x{} leave nothing to export":
        "von {}×{} Bildpunkten bleibt bei ×{} nichts zu exportieren",
    "choose a larger region or magnification": "einen größeren Ausschnitt oder mehr Vergrößerung wählen",
    "{} {} cannot be": "{} {} ist nicht möglich", "sharpen": "Schärfung", "denoise": "Rauschminderung",
    "frame {} has planes that do not belong together": "Bild {} hat Ebenen, die nicht zusammengehören",
    "{} frames on each side cannot be used": "{} Bilder auf jeder Seite sind nicht möglich",
    # the program itself
    "the zoom engine is closed": "die Zoomberechnung ist beendet", "the zoom engine does not start: {}":
        "die Zoomberechnung startet nicht: {}",
    "a fault in the program: {}": "ein Fehler im Programm: {}", "the log has the details": "Einzelheiten im Protokoll",
    "a fault in the program stopped this job: {}": "ein Fehler im Programm hat diesen Auftrag beendet: {}",
    "the program is ending": "das Programm endet gerade",
    "the process for jobs cannot be started: {}": "der Prozess für Aufträge lässt sich nicht starten: {}",
    "the process that did the work ended": "der Prozess, der die Arbeit tat, hat sich beendet",
    "the process that did the work was ended by {}": "der Prozess, der die Arbeit tat, wurde durch {} beendet",
    "the program itself is not affected; a compression goes on from where it stopped when it is started again":
        "das Programm selbst ist nicht betroffen; eine Kompression macht, neu gestartet, dort weiter, wo sie aufhörte",
    "[Errno {}] {}: {}": "{1}: {2}", "[Errno {}] {}": "{1}",
    # marks
    "these marks were written by a newer program": "diese Markierungen hat ein neueres Programm geschrieben",
    "the marks beside this file cannot be read": "die Markierungen neben dieser Datei lassen sich nicht lesen",
    "they stay as they are; new ones get another name": "sie bleiben, wie sie sind; neue bekommen einen anderen Namen",
    "the marks beside this file are too large to be marks": "die Markierungen neben dieser Datei sind zu groß, um welche zu sein",
    "the marks cannot be read: {}": "die Markierungen lassen sich nicht lesen: {}",
}
