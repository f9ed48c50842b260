"""German for what is said of general data: tables, sound, arrays, cubes, single pictures."""
from __future__ import annotations

TABLE: dict[str, str] = {
    # what it is
    "a .npz holds several arrays": "eine .npz enthält mehrere Felder", "save each of them as .npy": "jedes für sich als .npy speichern",
    "this text is UTF-16, or holds zero bytes": "dieser Text ist UTF-16 oder enthält Nullbytes",
    "save it as UTF-8": "als UTF-8 speichern",
    "this is neither a table, text, an array, sound nor a band cube": "das ist weder Tabelle, Text, Feld, Ton noch Bandwürfel",
    "this is neither a table, text, an array, sound, a picture nor a band cube":
        "das ist weder Tabelle, Text, Feld, Ton, Bild noch Bandwürfel",
    "video is compressed with --quality or --bitrate": "Video wird nach Qualität oder Bitrate komprimiert",
    "this file is empty": "diese Datei ist leer", "there is nothing to show": "es gibt nichts zu zeigen",
    "there is nothing to compress": "es gibt nichts zu komprimieren",
    "there is a first line and nothing after it": "es gibt eine erste Zeile und nichts danach",
    "{} lines do not fit the table's form and are not drawn": "{} Zeilen passen nicht zur Form der Tabelle und werden nicht gezeichnet",
    "columns of numbers with a decimal comma: {}, kept as they are":
        "Spalten von Zahlen mit Dezimalkomma: {}, sie bleiben, wie sie sind",
    "{} lines do not fit the table's form and are kept as text":
        "{} Zeilen passen nicht zur Form der Tabelle und bleiben als Text erhalten",
    "text is always kept as it is": "Text bleibt immer, wie er ist",
    "there is no level {}: general data has levels 0 to {}": "es gibt keine Stufe {}: allgemeine Daten haben die Stufen 0 bis {}",
    "name another": "eine andere nennen", "{} is no array": "{} ist kein Feld",
    # arrays and cubes
    "this array is empty": "dieses Feld ist leer",
    "this array cannot be read: it is damaged, cut off, or holds objects":
        "dieses Feld lässt sich nicht lesen: es ist beschädigt, abgeschnitten oder enthält Objekte",
    "save it again with numpy.save": "mit numpy.save neu speichern", "an array of {} cannot be compressed":
        "ein Feld aus {} lässt sich nicht komprimieren",
    "convert to one of {}": "umwandeln in eines von {}", "numbers of type {} are not known": "Zahlen der Art {} sind nicht bekannt",
    "the samples of this cube are missing": "die Werte dieses Würfels fehlen", "put NAME.raw beside NAME.hdr":
        "NAME.raw neben NAME.hdr legen",
    "this cube's header does not say what is in it": "der Kopf dieses Würfels sagt nicht, was darin ist",
    "bands, lines, samples and data type are needed": "nötig sind bands, lines, samples und data type",
    "this cube is cut off: {} of {} bytes are there": "dieser Würfel ist abgeschnitten: {} von {} Bytes sind da",
    "copy it again": "noch einmal kopieren", "make the copy again": "noch einmal kopieren", "{} of {} does not go into a {} file":
        "{} aus {} passt nicht in eine {}-Datei",
    "use one of {}": "möglich: {}", "this file holds pictures of several sizes": "diese Datei enthält Bilder verschiedener Größe",
    "split it into one file for each": "in je eine Datei aufteilen", "this packed cube is {} MB large":
        "dieser gepackte Würfel ist {} MB groß",
    "these pages of several samples a pixel are {} MB large": "diese Seiten mit mehreren Werten je Bildpunkt sind {} MB groß",
    "split them into several files": "in mehrere Dateien aufteilen",
    "save it without compression": "ohne Kompression speichern",
    "this tif file is packed by {}, which needs the package imagecodecs":
        "diese tif-Datei ist mit {} gepackt, was das Paket imagecodecs braucht",
    "pip install imagecodecs, or save it without compression": "pip install imagecodecs, oder sie ohne Kompression speichern",
    "the header of this cube would replace another file": "die Kopfdatei dieses Würfels würde eine andere Datei ersetzen",
    "a tif picture of the kind {} with {} bits is not read": "ein tif-Bild der Art {} mit {} Bit wird nicht gelesen",
    "a tif picture of the kind {} is not read in tiles": "ein tif-Bild der Art {} wird in Kacheln nicht gelesen",
    "save it as grey or RGB with 8 or 16 bits": "als Grau oder RGB mit 8 oder 16 Bit speichern",
    "this tif file is damaged or cut off": "diese tif-Datei ist beschädigt oder abgeschnitten",
    # sound
    "sound of format {} with {} bits is not plain PCM": "Ton im Format {} mit {} Bit ist kein einfaches PCM",
    "convert it to PCM wav or flac": "in PCM-wav oder flac umwandeln", "there is no sound in this file": "in dieser Datei ist kein Ton",
    "this wav file carries more beside its sound than can be kept": "diese wav-Datei trägt neben ihrem Ton mehr, als erhalten werden kann",
    "this wav file is damaged: it has no sound in it": "diese wav-Datei ist beschädigt: sie enthält keinen Ton",
    "the copy may have been broken off": "das Kopieren wurde vielleicht abgebrochen",
    "this file cannot be decoded": "diese Datei lässt sich nicht dekodieren",
    "it is damaged, cut off, or of a kind that is not known": "sie ist beschädigt, abgeschnitten oder von unbekannter Art",
    "there is nothing in this file": "in dieser Datei ist nichts", "a part of the sound is missing": "ein Teil des Tons fehlt",
    "the predictor of a sound is out of range": "die Vorhersage eines Tons liegt außerhalb des Erlaubten",
    "sound decodes to other samples than were written": "der Ton dekodiert sich zu anderen Werten, als geschrieben wurden",
    # pictures
    "this picture is damaged or cut off": "dieses Bild ist beschädigt oder abgeschnitten", "a picture of {}x{} is too large":
        "ein Bild von {}×{} ist zu groß",
    "scale it down first": "zuerst verkleinern", "holds no picture but data of the kind {}": "enthält kein Bild, sondern Daten der Art {}",
    "open it in the viewer": "im Fenster öffnen", "this picture is of a kind that cannot be shown":
        "dieses Bild ist von einer Art, die sich nicht zeigen lässt",
    "restore it as .npy": "als .npy wiederherstellen",
    # tables
    "this is not a table: its lines do not have the same cells": "das ist keine Tabelle: ihre Zeilen haben nicht dieselben Zellen",
    "line {} has {} cells, the lines before it have {}": "Zeile {} hat {} Zellen, die Zeilen davor haben {}",
    "a quote in line {} never closes": "ein Anführungszeichen in Zeile {} wird nie geschlossen",
    "--lossless keeps such lines as they are": "„ohne Verlust“ lässt solche Zeilen, wie sie sind",
    "--lossless keeps it as it is": "„ohne Verlust“ lässt sie, wie sie ist",
    "a column of this table holds bytes that are no text": "eine Spalte dieser Tabelle enthält Bytes, die kein Text sind",
    "reading and writing parquet needs the package pyarrow": "parquet zu lesen und zu schreiben braucht das Paket pyarrow",
    "pip install 'lorentz-zoom[tables]', or use csv": "pip install 'lorentz-zoom[tables]', oder csv benutzen",
    "this parquet file is damaged or cut off": "diese parquet-Datei ist beschädigt oder abgeschnitten", "this table is empty":
        "diese Tabelle ist leer",
    "column {} holds {}, which no text table can": "Spalte {} enthält {}, was keine Texttabelle kann",
    "leave it out, or write it as words": "weglassen oder in Worten schreiben",
    "the types of this table make no sense": "die Arten dieser Tabelle ergeben keinen Sinn", "restore it as .csv":
        "als .csv wiederherstellen",
    "this table does not fit the types of its columns": "diese Tabelle passt nicht zu den Arten ihrer Spalten",
    "the text of a table is missing": "der Text einer Tabelle fehlt", "a column of a table runs on no clock":
        "eine Spalte einer Tabelle läuft nach keiner Uhr",
    "a clock of a table leans on one that is not there": "eine Uhr einer Tabelle stützt sich auf eine, die nicht da ist",
    "a time in a table has no form": "eine Zeit in einer Tabelle hat keine Form", "a column of words in a table has no words":
        "eine Spalte von Wörtern in einer Tabelle hat keine Wörter",
    "the texts of a table do not add up": "die Texte einer Tabelle gehen nicht auf",
    "{} is no largest error": "{} ist kein größter Fehler",
    "0.5 means at most 0.5 off, 1% at most one hundredth of the range":
        "0.5 heißt höchstens 0,5 daneben, 1% höchstens ein Hundertstel des Bereichs",
    # compressed
    "this file holds no general data": "diese Datei enthält keine allgemeinen Daten",
    "this general data was written by a newer program": "diese Daten hat ein neueres Programm geschrieben",
    "this general data was written by an earlier program": "diese Daten hat ein früheres Programm geschrieben",
    "restore it with that one": "mit jenem wiederherstellen",
    "the header of this general data makes no sense": "der Kopf dieser Daten ergibt keinen Sinn",
    "this file was made with another model, {} ({})": "diese Datei wurde mit einem anderen Modell gemacht, {} ({})",
    "this file was made with another model, one that it does not name":
        "diese Datei wurde mit einem anderen Modell gemacht, das sie nicht nennt",
    "block {} of the general data is missing": "Block {} der Daten fehlt", "part {} of the text is missing": "Teil {} des Texts fehlt",
    "the channels of general data are not in order": "die Kanäle der Daten sind nicht in Ordnung",
    "general data decodes to other values than were written": "die Daten dekodieren sich zu anderen Werten, als geschrieben wurden",
    "the file or this program is damaged": "die Datei oder dieses Programm ist beschädigt",
    "general data holds a number out of range": "die Daten enthalten eine Zahl außerhalb des Erlaubten",
    "general data lies on a grid that is not known": "die Daten liegen auf einem unbekannten Raster",
    "a list of values in general data is empty": "eine Werteliste der Daten ist leer",
    "exceptions of general data lie outside it": "Ausnahmen der Daten liegen außerhalb von ihnen",
    "lines {} are estimates without words: what is finer is lost, and no bound is kept there":
        "Zeilen {} sind geschätzt und ohne Wörter: das Feinere ist verloren, eine Schranke ist dort nicht eingehalten",
    "rows {} are estimates: what is finer is lost, and no bound is kept there":
        "Zeilen {} sind geschätzt: das Feinere ist verloren, eine Schranke ist dort nicht eingehalten",
    "values {} are estimates: what is finer is lost, and no bound is kept there":
        "Werte {} sind geschätzt: das Feinere ist verloren, eine Schranke ist dort nicht eingehalten",
    "the coarsest level of general data is missing": "die gröbste Stufe der Daten fehlt",
    "no level of a part of the general data is there": "von einem Teil der Daten ist keine Stufe da",
    "general data has {} levels, {} were found": "die Daten haben {} Stufen, {} wurden gefunden",
    "general data is cut off": "die Daten sind abgeschnitten", "general data asks for more than can be":
        "die Daten verlangen mehr, als sein kann",
    "the marks of general data do not add up": "die Kennzeichen der Daten gehen nicht auf",
    "the weights for general data are missing or damaged": "die Gewichte für allgemeine Daten fehlen oder sind beschädigt",
    "install the program again": "das Programm neu installieren",
    "these weights are not for general data": "diese Gewichte sind nicht für allgemeine Daten", "these weights are out of range":
        "diese Gewichte liegen außerhalb des Erlaubten",
    # nearer to the source
    "only data within a bound has values nearer to its source": "nur Daten innerhalb einer Schranke haben Werte näher an ihrer Quelle",
    "video is restored without being asked; leave --nearer away": "Video wird ungefragt restauriert; --nearer weglassen",
    "what would bring this data nearer to its source is damaged": "was diese Daten näher an ihre Quelle brächte, ist beschädigt",
    "what would bring this data nearer to its source is damaged; it is shown as decoded":
        "was diese Daten näher an ihre Quelle brächte, ist beschädigt; sie sind wie dekodiert",
    "of the correlation network for {}": "des Korrelationsnetzes für {}",
    "train it with `lorentz train correlation_data`, restore the models folder, or do without --nearer and --effort high":
        "mit `lorentz train correlation_data` trainieren, den Ordner der Modelle wiederherstellen oder ohne --nearer und --effort high",
    "coarser levels are not brought nearer to the source": "gröbere Ebenen werden der Quelle nicht nähergebracht",
    "leave --nearer or --level away": "--nearer oder --level weglassen",
    "this data is shown as decoded: {}": "diese Daten sind wie dekodiert: {}",
    "this file holds nothing that would bring its data nearer to its source":
        "diese Datei enthält nichts, was ihre Daten näher an ihre Quelle brächte",
    "this data is shown as decoded: what would bring it nearer to its source was made for another network":
        "diese Daten sind wie dekodiert: was sie näher an ihre Quelle brächte, wurde für ein anderes Netz gemacht",
}
