"""German for what is said of `.lzc` files, the codec, and the networks' weights."""
from __future__ import annotations

TABLE: dict[str, str] = {
    # the file
    "is no .lzc file (wrong signature)": "ist keine .lzc-Datei (falsche Kennung)",
    "is no .lzc file: only {} bytes long": "ist keine .lzc-Datei: nur {} Bytes lang",
    "was changed by a copy in text mode, which damages binary files":
        "wurde beim Kopieren im Textmodus verändert, was solche Dateien beschädigt",
    "no readable header, at the start or at the end": "kein lesbarer Dateikopf, weder am Anfang noch am Ende",
    "the file was cut off before its first picture, or is badly damaged":
        "die Datei wurde vor ihrem ersten Bild abgeschnitten oder ist schwer beschädigt",
    "the file needs chunks of type {}, which this program does not know":
        "die Datei braucht Abschnitte der Art {}, die dieses Programm nicht kennt",
    "update the program": "das Programm aktualisieren",
    "{} bytes claim to hold {} decoded bytes": "{} Bytes behaupten, {} dekodierte Bytes zu enthalten",
    "raise output_per_byte only for a file you trust": "output_per_byte nur für eine Datei erhöhen, der man vertraut",
    "raise the limit only for a file you trust": "die Grenze nur für eine Datei erhöhen, der man vertraut",
    "the file asks for {} of {}, the limit is {}": "die Datei verlangt {}: {}, erlaubt sind {}",
    "the file needs a reader of format version {} (written by version {}), this one reads up to {}":
        "die Datei braucht ein Programm für Formatversion {} (geschrieben von Version {}), dieses liest bis {}",
    "a chunk is damaged": "ein Abschnitt ist beschädigt", "the file has no such chunk": "die Datei hat diesen Abschnitt nicht",
    "the part holds no such chunk": "das bisher Geschriebene hat diesen Abschnitt nicht",
    "`lorentz repair` writes a file of everything that is whole": "`lorentz repair` schreibt eine Datei aus allem, was heil ist",
    "is not a regular file": "ist keine gewöhnliche Datei", "{} bytes are not there": "{} Bytes fehlen",
    "the file became shorter while it was read": "die Datei wurde kürzer, während sie gelesen wurde",
    "the header is too short": "der Dateikopf ist zu kurz", "the header is malformed": "der Dateikopf ist fehlerhaft",
    "the stream table is malformed": "die Liste der Datenströme ist fehlerhaft",
    "the models of the file are malformed": "die Angaben der Datei zu ihren Modellen sind fehlerhaft",
    "the digests of model {} are not SHA-256 in hexadecimal": "die Prüfsummen des Modells {} sind keine SHA-256 in Hexadezimalziffern",
    "the source facts in the header are malformed ({})": "die Angaben zur Quelle im Dateikopf sind fehlerhaft ({})",
    "wrong type or range": "falsche Art oder falscher Bereich", "a fraction is out of range": "ein Bruch liegt außerhalb des Erlaubten",
    # what it says of itself
    "metadata is damaged: {}": "die Angaben in der Datei sind beschädigt: {}",
    "metadata cannot be written as JSON: {}": "die Angaben lassen sich nicht als JSON schreiben: {}",
    "more than {} bytes when inflated": "ausgepackt mehr als {} Bytes",
    "compressed data cut off or followed by other bytes": "gepackte Daten abgeschnitten oder von anderen Bytes gefolgt",
    "digests cut off": "Prüfsummen abgeschnitten", "nested deeper than 32": "tiefer als 32 verschachtelt", "unknown reference":
        "unbekannter Verweis",
    "a name occurs twice in an object": "ein Name kommt doppelt vor", "a number is out of range": "eine Zahl liegt außerhalb des Erlaubten",
    "{} is not JSON": "{} ist kein JSON", "varint cut off or too long": "Zahl abgeschnitten oder zu lang",
    "varint not in shortest form or too large": "Zahl nicht in kürzester Form oder zu groß",
    "bad literal chunk type": "falsche Art eines Abschnitts", "reserved bit set": "ein freigehaltenes Bit ist gesetzt",
    "level not in shortest form": "Stufe nicht in kürzester Form", "zero field written out": "eine Null ist ausgeschrieben",
    "{} is not a chunk type (4 ASCII letters or digits)": "{} ist keine Art von Abschnitt (4 ASCII-Buchstaben oder -Ziffern)",
    "{} {} does not fit a chunk header (0 to 2^32 - 1)": "{} {} passt nicht in den Kopf eines Abschnitts (0 bis 2^32 - 1)",
    "a payload of {} bytes does not fit a chunk": "ein Inhalt von {} Bytes passt nicht in einen Abschnitt",
    "a time stamp is out of range (2^62)": "ein Zeitstempel liegt außerhalb des Erlaubten (2^62)",
    "a time stamp is out of range": "ein Zeitstempel liegt außerhalb des Erlaubten", "{} time stamps, the limit is {}":
        "{} Zeitstempel, erlaubt sind {}",
    "unknown kind": "unbekannte Art", "time stamps are damaged: {}": "die Zeitstempel sind beschädigt: {}",
    "count does not fit": "die Anzahl passt nicht", "other bytes follow": "es folgen andere Bytes",
    # what is lost
    "the signature is damaged": "die Kennung ist beschädigt", "the version bytes are damaged": "die Angabe der Version ist beschädigt",
    "the header at the start is damaged, its copy was used": "der Dateikopf am Anfang ist beschädigt, seine Kopie wurde benutzt",
    "the header copy at the end is damaged": "die Kopie des Dateikopfs am Ende ist beschädigt",
    "{}: lost": "{}: verloren", "and {} more": "und {} weitere",
    "no end mark: the file was cut off or never finished, chunks at the end may be missing":
        "keine Endmarke: die Datei wurde abgeschnitten oder nie fertig, am Ende können Abschnitte fehlen",
    "{} of {} chunks are lost": "{} von {} Abschnitten sind verloren", "{} chunks found, the end mark counts {}":
        "{} Abschnitte gefunden, die Endmarke zählt {}",
    "the index is damaged, it was rebuilt by scanning": "das Verzeichnis ist beschädigt, es wurde durch Absuchen neu gebildet",
    "the file holds bytes that are not its own": "die Datei enthält Bytes, die nicht zu ihr gehören",
    "the trailer cannot be read: {}": "der Nachspann lässt sich nicht lesen: {}", "before the repair: {}": "vor der Reparatur: {}",
    "{} bytes after the end mark do not belong to the file": "{} Bytes hinter der Endmarke gehören nicht zur Datei",
    "payload damaged (at byte {})": "Inhalt beschädigt (bei Byte {})", "larger than the limit (at byte {})":
        "größer als erlaubt (bei Byte {})",
    "cut off, {} of {} payload bytes (at byte {})": "abgeschnitten, {} von {} Bytes Inhalt (bei Byte {})",
    "{}: occurs twice, the first is used (second at byte {})": "{}: kommt doppelt vor, das erste wird benutzt (das zweite bei Byte {})",
    "bytes {} to {} cannot be read": "Bytes {} bis {} lassen sich nicht lesen",
    "the running hash of the end mark does not fit the bytes before it": "die Prüfsumme der Endmarke passt nicht zu den Bytes davor",
    "the file is not complete": "die Datei ist nicht vollständig",
    "pictures after frame {} are lost": "die Bilder nach Bild {} sind verloren",
    "the time stamps are lost, the usual rate of the recording stands in for them":
        "die Zeitstempel sind verloren, die übliche Bildrate der Aufnahme ersetzt sie",
    "frames {} to {} are lost": "die Bilder {} bis {} sind verloren",
    "frames {} to {} are whole at 1/{} of the size only": "die Bilder {} bis {} sind nur in 1/{} der Größe heil",
    "frames {} to {}: {}": "Bilder {} bis {}: {}",
    "frames {} to {}: the decoded symbols are not the ones that were written (damage)":
        "Bilder {} bis {}: die dekodierten Symbole sind nicht die geschriebenen (Schaden)",
    "frames {} to {}: the pictures drift from what the writer saw":
        "Bilder {} bis {}: die Bilder weichen von dem ab, was beim Schreiben zu sehen war",
    "cannot be checked, a part of the file that they build on is damaged":
        "nicht zu prüfen, ein Teil der Datei, auf dem sie aufbauen, ist beschädigt",
    "frame {} is lost: its part of the file is damaged": "Bild {} ist verloren: sein Teil der Datei ist beschädigt",
    "level {} of frame {} is lost; level {} is shown": "Stufe {} von Bild {} ist verloren; Stufe {} wird gezeigt",
    # places in it
    "{} stream {} level {} time {} tile {}": "{} Strom {} Stufe {} Zeit {} Kachel {}",
    "{} stream {} level {} time {} tile {} flags {}": "{} Strom {} Stufe {} Zeit {} Kachel {} Merkmale {}", "tile {}": "Kachel {}",
    "frame side": "Bildpunkte je Seite", "frame pixels": "Bildpunkte je Bild", "chunks": "Abschnitte", "streams":
        "Datenströme", "levels": "Stufen", "chunk bytes": "Bytes je Abschnitt", "header bytes":
        "Bytes im Dateikopf",
    "meta entries": "Angaben", "meta items": "Listeneinträge", "meta entry bytes": "Bytes je Angabe", "time stamps": "Zeitstempel",
    "output bytes": "ausgegebene Bytes", "output per byte": "ausgegebene Bytes je Byte",
    # writing and repairing
    "a repair needs another name for its result": "eine Reparatur braucht einen anderen Namen für ihr Ergebnis",
    "is a link, which is never written through": "ist eine Verknüpfung, durch die nie geschrieben wird", "remove the link":
        "die Verknüpfung entfernen",
    "is being written by another job": "wird gerade von einem anderen Auftrag geschrieben",
    "is a folder, not a file to write": "ist ein Ordner, keine Datei zum Schreiben",
    "is no longer open for writing": "ist nicht mehr zum Schreiben offen", "free space or choose another folder":
        "Platz schaffen oder einen anderen Ordner wählen",
    "{} chunks are written by the container itself": "Abschnitte der Art {} schreibt die Datei selbst",
    "is in the file already": "ist schon in der Datei",
    # video in it
    "holds no video": "enthält kein Video", "the header names an impossible quality": "der Dateikopf nennt eine unmögliche Qualität",
    "the header lacks what the video codec needs": "im Dateikopf fehlt, was der Videocodec braucht",
    "names no codec model": "nennt kein Modell des Codecs",
    "made with the codec model {} {}, and the one here is {}": "mit dem Codecmodell {} {} gemacht, und das hiesige ist {}",
    "coded by rules {} of the codec, and this program reads rules {}":
        "nach Regeln {} des Codecs kodiert, und dieses Programm liest Regeln {}",
    "Read it with the version of the program that wrote it.": "mit der Version des Programms lesen, die sie geschrieben hat",
    "use the version of the program that wrote it": "die Version des Programms benutzen, die sie geschrieben hat",
    "a chunk changed while the file was open": "ein Abschnitt änderte sich, während die Datei offen war",
    "was closed while it was read": "wurde geschlossen, während sie gelesen wurde",
    "the header contradicts itself about the size of the picture": "der Dateikopf widerspricht sich bei der Größe des Bilds",
    "no picture is whole in this file": "kein Bild in dieser Datei ist heil",
    "the recording may have been broken off": "die Aufnahme wurde vielleicht abgebrochen",
    "claims to hold {} frames, the limit is {}": "behauptet, {} Bilder zu enthalten, erlaubt sind {}",
    "fewer time stamps than frames": "weniger Zeitstempel als Bilder",
    "the lengths inside a chunk are malformed": "die Längen in einem Abschnitt sind fehlerhaft",
    "the lengths inside a chunk exceed it": "die Längen in einem Abschnitt gehen über ihn hinaus",
    "a coded chunk has an impossible number of frames": "ein kodierter Abschnitt hat eine unmögliche Zahl von Bildern",
    "a coded chunk names impossible steps": "ein kodierter Abschnitt nennt unmögliche Schrittweiten",
    "a coded chunk claims to build on itself": "ein kodierter Abschnitt behauptet, auf sich selbst aufzubauen",
    "a coded chunk is too short": "ein kodierter Abschnitt ist zu kurz", "the tiles of a chunk disagree":
        "die Kacheln eines Abschnitts widersprechen sich",
    "what it says of its camera makes no sense": "was sie über ihre Kamera sagt, ergibt keinen Sinn",
    "the picture of its camera is cut off": "das Bild ihrer Kamera ist abgeschnitten",
    "the picture of the camera, on which this recording builds, is damaged or missing":
        "das Bild der Kamera, auf dem diese Aufnahme aufbaut, ist beschädigt oder fehlt",
    "only another copy of the file can help": "nur eine andere Kopie der Datei kann helfen",
    "the picture of the camera is not the one that this recording builds on":
        "das Bild der Kamera ist nicht das, auf dem diese Aufnahme aufbaut",
    "the bits that say which tiles to restore are damaged": "die Bits, die sagen, welche Kacheln zu restaurieren sind, sind beschädigt",
    # weights
    "of the codec": "des Codecs", "in the codec's tables": "in den Tabellen des Codecs", "of a camera": "einer Kamera",
    "of a detail network": "eines Detailnetzes", "for prediction": "für die Vorhersage", "of a correlation network":
        "eines Korrelationsnetzes",
    "the weights {} are missing": "die Gewichte {} fehlen", "the weights {} cannot be read": "die Gewichte {} lassen sich nicht lesen",
    "the weights {} are too large: {} bytes, the limit is {}": "die Gewichte {} sind zu groß: {} Bytes, erlaubt sind {}",
    "the weights {} name {} tensors, more than {}": "die Gewichte {} nennen {} Tensoren, mehr als {}",
    "these weights are not {} that this program knows": "dies sind keine Gewichte {}, die dieses Programm kennt",
    "the weights {} name an impossible {}": "die Gewichte {} nennen eine unmögliche Angabe: {}",
    "the weights {} name an impossible temperature": "die Gewichte {} nennen eine unmögliche Temperatur",
    "the weights {} name a width that does not divide by the heads":
        "die Gewichte {} nennen eine Breite, die sich nicht durch die Zahl der Köpfe teilen lässt",
    "the weights {} have more than {} parameters": "die Gewichte {} haben mehr als {} Parameter",
    "the weights {} do not have the shapes of that network": "die Gewichte {} haben nicht die Form dieses Netzes",
    "the weights {} hold values that are not finite": "die Gewichte {} enthalten Werte, die nicht endlich sind",
    "the weights {} do not have the parts that this program needs": "den Gewichten {} fehlen Teile, die dieses Programm braucht",
    "the weights {} do not fit this program ({})": "die Gewichte {} passen nicht zu diesem Programm ({})",
    "the weights {} are out of range": "die Gewichte {} liegen außerhalb des Erlaubten",
    "the weights {} do not hold the picture of a place": "die Gewichte {} enthalten nicht das Bild eines Orts",
    "the weights {} hold a picture whose colour does not fit": "die Gewichte {} enthalten ein Bild, dessen Farbe nicht passt",
    "the weights {} say nothing sensible of themselves": "die Gewichte {} sagen nichts Sinnvolles über sich",
    "reinstall the program, or set LORENTZ_MODELS to the folder that holds the weights":
        "das Programm neu installieren oder LORENTZ_MODELS auf den Ordner mit den Gewichten setzen",
    "make them again with lorentz models adapt": "die Kamera neu lernen: Aufträge ▸ Kamera lernen",
    "train them with `lorentz train diffusor`, or restore the models folder":
        "mit `lorentz train diffusor` trainieren oder den Ordner der Modelle wiederherstellen",
    "restore the models folder": "den Ordner der Modelle wiederherstellen",
    "train it with `lorentz train correlation`, restore the models folder, or bypass it with --no-correlation":
        "mit `lorentz train correlation` trainieren, den Ordner der Modelle wiederherstellen oder mit --no-correlation umgehen",
    "the table of uncertainties cannot be read": "die Tabelle der Unsicherheiten lässt sich nicht lesen",
    "the table of uncertainties makes no sense": "die Tabelle der Unsicherheiten ergibt keinen Sinn",
    "there is no CUDA device on this machine": "auf diesem Rechner gibt es kein CUDA-Gerät", "use --device cpu":
        "in den Einstellungen die CPU wählen (--device cpu)",
}
