"""German for what is said of video, pictures and sound that are read or written, and by the system underneath."""
from __future__ import annotations

TABLE: dict[str, str] = {
    # opening
    "cannot be opened: {}": "lässt sich nicht öffnen: {}", "cannot be read: {}": "lässt sich nicht lesen: {}",
    "cannot be read": "lässt sich nicht lesen", "cannot be written: {}": "lässt sich nicht schreiben: {}",
    "is a folder": "ist ein Ordner", "is not a file": "ist keine Datei", "is closed": "ist geschlossen", "the file is empty":
        "die Datei ist leer",
    "there is no such file": "diese Datei gibt es nicht", "there is no frame in it": "sie enthält kein Bild",
    "cannot be read as video or pictures ({})": "lässt sich nicht als Video oder Bilder lesen ({})",
    "no permission to read it": "keine Erlaubnis, sie zu lesen", "it cannot be read": "sie lässt sich nicht lesen",
    "an MP4 without its index: the recording or the copying was cut off":
        "eine MP4-Datei ohne ihr Verzeichnis: die Aufnahme oder das Kopieren wurde abgebrochen",
    "it holds text": "sie enthält Text", "it is damaged, or of a kind that is not supported":
        "sie ist beschädigt oder von einer Art, die nicht unterstützt wird",
    "its video cannot be decoded: the codec is not known or the file ends before the first picture":
        "ihr Video lässt sich nicht dekodieren: der Codec ist nicht bekannt oder die Datei endet vor dem ersten Bild",
    "this tif picture is kept in tiles, which are read as data only":
        "dieses tif-Bild liegt in Kacheln vor, die nur als Daten gelesen werden",
    "compress it with --lossless, or save it in strips": "„ohne Verlust“ komprimieren oder es in Streifen speichern",
    "animated WebP is not read: save it as GIF, APNG or video":
        "bewegtes WebP wird nicht gelesen: als GIF, APNG oder Video speichern",
    "there is no picture in it": "sie enthält kein Bild", "it holds sound only": "sie enthält nur Ton",
    "there are no pictures in the folder": "in diesem Ordner liegen keine Bilder",
    "png, jpg, tif, bmp, tga and webp are read": "gelesen werden png, jpg, tif, bmp, tga und webp",
    "the folder cannot be read: {}": "der Ordner lässt sich nicht lesen: {}",
    "there are too many files for one clip": "das sind zu viele Dateien für einen Clip",
    "is {}x{}, but {} is {}x{}": "ist {}×{} groß, {} aber {}×{}",
    "the pictures of a folder must all have one size": "die Bilder eines Ordners müssen alle gleich groß sein",
    "a picture of {}x{} pixels has nothing to show": "ein Bild von {}×{} Bildpunkten hat nichts zu zeigen",
    "a picture of {}x{} pixels is too large": "ein Bild von {}×{} Bildpunkten ist zu groß",
    "the limit is {} pixels a side and {} in all": "erlaubt sind {} Bildpunkte je Seite und {} insgesamt",
    "needs more memory than is allowed for one file": "braucht mehr Speicher, als für eine Datei erlaubt ist",
    "the file has changed since it was opened": "die Datei hat sich geändert, seit sie geöffnet wurde", "open it again": "erneut öffnen",
    # decoding
    "not one frame of it can be decoded": "kein einziges Bild darin lässt sich dekodieren",
    "there is not one whole frame in it": "kein einziges Bild darin ist heil",
    "frame {} cannot be decoded: {}": "Bild {} lässt sich nicht dekodieren: {}", "its data is missing or damaged":
        "seine Daten fehlen oder sind beschädigt",
    "it is built on a damaged frame": "es baut auf einem beschädigten Bild auf",
    "the frames from the next key frame on may be whole": "vom nächsten Schlüsselbild an können die Bilder heil sein",
    "frame {} is {}x{}, the recording began with {}x{}": "Bild {} ist {}×{} groß, die Aufnahme begann mit {}×{}",
    "recordings that change their size can be read up to the change":
        "Aufnahmen, die ihre Größe wechseln, lassen sich bis zum Wechsel lesen",
    "picture {} cannot be decoded: {}": "Bild {} lässt sich nicht dekodieren: {}", "it is damaged": "es ist beschädigt",
    "{} at frame {}": "{} bei Bild {}", "decoding has crashed three times in a row": "das Dekodieren ist dreimal nacheinander abgestürzt",
    "decoding gave no sign of life for {} s and was ended": "das Dekodieren gab {} s lang kein Lebenszeichen und wurde beendet",
    "the file is damaged": "die Datei ist beschädigt", "the file is damaged or hostile": "die Datei ist beschädigt oder bösartig",
    "the file is damaged; nothing else is affected": "die Datei ist beschädigt; sonst ist nichts betroffen",
    "the decoding process talks nonsense": "der Prozess, der dekodiert, antwortet Unsinn",
    "the decoding process cannot be started: {}": "der Prozess, der dekodiert, lässt sich nicht starten: {}",
    "the decoding process ended": "der Prozess, der dekodiert, hat sich beendet",
    "the decoding process crashed ({})": "der Prozess, der dekodiert, ist abgestürzt ({})",
    "the decoding process sent sound of the wrong length": "der Prozess, der dekodiert, schickte Ton von falscher Länge",
    "no memory for pictures of {}x{} ({})": "kein Speicher für Bilder von {}×{} ({})", "more than {} packets": "mehr als {} Pakete",
    # sound
    "the sound is damaged": "der Ton ist beschädigt", "everything else can still be read": "alles andere lässt sich lesen",
    "holds more than {} bytes of sound": "enthält mehr als {} Bytes Ton",
    "more sound was asked for than is sent at once": "es wurde mehr Ton verlangt, als auf einmal geschickt wird",
    "the sound cannot be opened: {}": "der Ton lässt sich nicht öffnen: {}",
    # what is worth knowing of a source
    "{} frames cannot be decoded": "{} Bilder lassen sich nicht dekodieren", "damaged after frame {}: {}": "nach Bild {} beschädigt: {}",
    "cut off after frame {}": "nach Bild {} abgeschnitten",
    "cut off after frame {}: {} frames were recorded": "nach Bild {} abgeschnitten: {} Bilder wurden aufgezeichnet",
    "colour matrix not stated: BT.709 assumed": "Farbmatrix nicht angegeben: BT.709 angenommen",
    "colour matrix not stated: BT.601 assumed": "Farbmatrix nicht angegeben: BT.601 angenommen",
    "variable frame rate": "wechselnde Bildrate", "turned upright by {} degrees": "um {} Grad aufrecht gedreht",
    "turned upright by {} degrees and mirrored": "um {} Grad aufrecht gedreht und gespiegelt",
    "interlaced: both fields shown together": "Zeilensprung: beide Halbbilder zusammen gezeigt",
    "RGB turned into YUV 4:2:0": "RGB in YUV 4:2:0 umgerechnet", "{}:{}:{} reduced to 4:2:0": "{}:{}:{} auf 4:2:0 verringert",
    "{} bit reduced to 10": "{} Bit auf 10 verringert", "16 bit reduced to 10": "16 Bit auf 10 verringert",
    "transparent parts shown on black": "durchsichtige Teile auf Schwarz gezeigt", "transparency dropped": "Durchsichtigkeit weggelassen",
    "no time stamps in the file: an even rate of {} frames per second assumed":
        "keine Zeitstempel in der Datei: gleichmäßig {} Bilder je Sekunde angenommen",
    "{} time stamps that did not rise were set after the one before":
        "{} Zeitstempel, die nicht stiegen, wurden hinter den vorigen gesetzt",
    "{} frames without a time stamp were set between their neighbours":
        "{} Bilder ohne Zeitstempel wurden zwischen ihre Nachbarn gesetzt",
    "joined recordings: where time falls back ({} x) it goes on instead":
        "aneinandergehängte Aufnahmen: wo die Zeit zurückspringt ({} x), läuft sie stattdessen weiter",
    "only one of {} picture tracks is kept": "nur eine von {} Bildspuren wird behalten",
    "only one of {} sound tracks is kept": "nur eine von {} Tonspuren wird behalten",
    "HDR data besides the colours left out: mastering display and light levels":
        "HDR-Angaben neben den Farben weggelassen: Bildschirm beim Mastern und Helligkeiten",
    "closed captions left out": "eingebettete Untertitel weggelassen",
    "subtitles left out": "Untertitel weggelassen", "chapters left out": "Kapitel weggelassen",
    # writing
    "the disk is full": "der Datenträger ist voll",
    "nothing was left behind; make room and try again": "nichts blieb liegen; Platz schaffen und noch einmal versuchen",
    "no permission to write here": "keine Erlaubnis, hier zu schreiben", "the folder does not exist": "den Ordner gibt es nicht",
    "a file of that name is in the way of the folder": "eine Datei dieses Namens steht dem Ordner im Weg",
    "the folder exists and holds other files": "den Ordner gibt es schon, und er enthält andere Dateien",
    "choose a new name": "einen neuen Namen wählen", "there are no frames to write": "es gibt keine Bilder zu schreiben",
    "no way to write {}": "{} lässt sich nicht schreiben", "a file without an ending": "eine Datei ohne Endung",
    "use {}": "möglich: {}",
    "frame {} is {}x{}, the first was {}x{}": "Bild {} ist {}×{} groß, das erste war {}×{}",
    "sound left out: {}": "Ton weggelassen: {}", "sound left out: .y4m holds pictures only": "Ton weggelassen: .y4m enthält nur Bilder",
    "sound left out: the sound is damaged": "Ton weggelassen: der Ton ist beschädigt",
    "sound left out: pictures have none": "Ton weggelassen: Bilder haben keinen",
    "time stamps left out: .y4m has one rate, {} frames per second":
        "Zeitstempel weggelassen: .y4m hat eine einzige Rate, {} Bilder je Sekunde",
    "10 bit shown as 8 bit": "10 Bit als 8 Bit gezeigt",
    "{}x{} made {}x{} by repeating the edge: H.264 needs even sizes":
        "aus {}×{} wurde durch Wiederholen des Randes {}×{}: H.264 braucht gerade Größen",
}
SYSTEM: dict[str, str] = {  # in small letters: some floors of the engine write them so
    # the words of the operating system
    "no space left on device": "kein Platz mehr auf dem Datenträger", "disk quota exceeded": "das Kontingent ist aufgebraucht",
    "read-only file system": "der Datenträger ist schreibgeschützt", "permission denied": "keine Erlaubnis",
    "operation not permitted": "nicht erlaubt", "no such file or directory": "diese Datei oder diesen Ordner gibt es nicht",
    "not a directory": "kein Ordner", "is a directory": "ein Ordner", "file name too long": "der Dateiname ist zu lang",
    "input/output error": "Ein-/Ausgabefehler", "file too large": "die Datei ist zu groß", "too many open files": "zu viele offene Dateien",
    "too many open files in system": "zu viele offene Dateien im System", "file exists": "die Datei gibt es schon",
    "cannot allocate memory": "kein Speicher mehr", "invalid argument": "ungültige Angabe", "no such device": "dieses Gerät gibt es nicht",
    "no such device or address": "dieses Gerät oder diese Adresse gibt es nicht", "device or resource busy": "Gerät oder Datei ist belegt",
    "text file busy": "das Programm wird gerade ausgeführt", "too many levels of symbolic links": "zu viele Verknüpfungen hintereinander",
    "broken pipe": "die Verbindung ist abgebrochen", "resource temporarily unavailable": "vorübergehend nicht verfügbar",
    "transport endpoint is not connected": "die Verbindung zum Datenträger ist abgebrochen", "stale file handle":
        "die Datei ist auf dem Netzlaufwerk nicht mehr da",
    "no such process": "diesen Prozess gibt es nicht", "invalid cross-device link": "nicht auf demselben Datenträger",
    "directory not empty": "der Ordner ist nicht leer", "connection timed out": "die Verbindung antwortet nicht",
    "interrupted system call": "unterbrochen", "function not implemented": "hier nicht möglich", "operation not supported":
        "hier nicht möglich",
    # the words of FFmpeg
    "invalid data found when processing input": "ungültige Daten", "end of file": "Ende der Datei", "decoder not found":
        "kein Decoder vorhanden",
    "encoder not found": "kein Encoder vorhanden", "demuxer not found": "das Dateiformat ist nicht bekannt",
    "muxer not found": "dieses Dateiformat lässt sich nicht schreiben", "stream not found": "die Spur fehlt",
    "protocol not found": "dieser Zugriffsweg ist nicht erlaubt", "bitstream filter not found": "ein Filter fehlt",
    "filter not found": "ein Filter fehlt", "option not found": "diese Einstellung gibt es nicht", "buffer too small":
        "der Puffer ist zu klein",
    "immediate exit requested": "abgebrochen", "internal bug, should not have happened": "ein Fehler in FFmpeg",
    "error number -1 occurred": "nicht erlaubt", "unknown error occurred": "ein unbekannter Fehler",
    "generic error in an external library": "ein Fehler in einer anderen Bibliothek", "experimental feature":
        "nur versuchsweise unterstützt",
    "input changed": "die Art der Daten hat gewechselt", "output changed": "die Art der Ausgabe hat gewechselt",
    "input and output changed": "die Art der Daten hat gewechselt", "bug": "ein Fehler in FFmpeg",
    "not yet implemented in ffmpeg, patches welcome": "von FFmpeg nicht unterstützt", "access denied": "kein Zugriff",
}
