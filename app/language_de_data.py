"""German: general data, its plots and its forms."""
from __future__ import annotations

TABLE: dict[str, str] = {
    # kinds and sensors
    "table": "Tabelle", "text": "Text", "array": "Feld", "audio": "Ton", "cube": "Bandwürfel", "image": "Bild", "sound": "Ton",
    "time": "Zeit", "temperature": "Temperatur", "humidity": "Feuchte", "light": "Licht", "gas": "Gas", "pressure": "Druck",
    "acceleration": "Beschleunigung", "rotation": "Drehung", "magnetic": "Magnetfeld", "position": "Ort", "electric": "elektrisch",
    "wind": "Wind", "speed": "Geschwindigkeit", "count": "Anzahl", "other": "anderes",
    # the page
    "Series": "Reihen", "Plots": "Kurven", "Band": "Band", "band": "Band", "Bands": "Bänder", "Text": "Text", "Shown": "Gezeigt",
    "Spectrum of the pixel": "Spektrum des Bildpunkts", "Which band is shown": "Welches Band gezeigt wird",
    "Tick the series to plot; the difference is shown of the chosen one":
        "Reihen zum Zeichnen ankreuzen; der Unterschied wird von der gewählten gezeigt",
    "Wheel zooms in time, drag moves": "Das Mausrad zoomt in der Zeit, Ziehen bewegt",
    "Wheel zooms, drag moves, a click shows the spectrum of that pixel":
        "Das Mausrad zoomt, Ziehen bewegt, ein Klick zeigt das Spektrum dieses Bildpunkts",
    "Which of the two versions is shown, or how far they are apart": "Welche der beiden Fassungen gezeigt wird, oder ihr Abstand",
    "as opened": "wie geöffnet", "the overlay": "die Auflage", "the difference": "der Unterschied",
    "Lay over": "Auflegen", "Lay over…": "Auflegen …", "Alone": "Allein", "Without what is laid over": "Ohne das Aufgelegte",
    "Lay the original or a compressed version over this": "Das Original oder eine komprimierte Fassung darüberlegen",
    "Stored level laid over": "Aufgelegte gespeicherte Stufe",
    "Lays over what the coarser levels alone give back": "Legt auf, was allein die gröberen Stufen wiedergeben",
    "all levels": "alle Stufen", "without the finest level": "ohne die feinste Stufe",
    "without the {n} finest levels": "ohne die {n} feinsten Stufen",
    "laid over: {name}": "aufgelegt: {name}", "difference, {name}": "Unterschied, {name}", "pixel {x}, {y}": "Bildpunkt {x}, {y}",
    "row {n}": "Zeile {n}", "at most {n} series at once": "höchstens {n} Reihen auf einmal",
    # what it is
    "{c} series": "{c} Reihen", "{n} rows": "{n} Zeilen", "{n} samples": "{n} Werte", "{n} bytes": "{n} Bytes",
    "{c} bands of {x} × {y}": "{c} Bänder zu {x} × {y}", "{x} × {y}": "{x} × {y}", "one every {n} s": "eine alle {n} s",
    "one gap in time": "eine Lücke in der Zeit", "{n} gaps in time": "{n} Lücken in der Zeit",
    "not plotted, no numbers: {names}": "nicht gezeichnet, keine Zahlen: {names}",
    "only the beginning is shown": "nur der Anfang wird gezeigt", "one picture": "ein Bild",
    "Rows": "Zeilen", "Sensors": "Sensoren", "Clock": "Uhr", "Gaps": "Lücken", "Values": "Werte", "Kept": "Erhalten",
    # bounds
    "compressed without loss": "ohne Verlust komprimiert",
    "compressed, no value further off than {e}": "komprimiert, kein Wert weiter daneben als {e}",
    "compressed, no value further off than {p} % of its range": "komprimiert, kein Wert weiter daneben als {p} % seines Bereichs",
    "without the finest levels: no bound holds": "ohne die feinsten Stufen: keine Schranke gilt",
    "{name}: at most {worst} apart": "{name}: höchstens {worst} auseinander", "at most {worst} apart": "höchstens {worst} auseinander",
    "{name}: at most {worst} apart, {bound} allowed": "{name}: höchstens {worst} auseinander, {bound} erlaubt",
    "at most {worst} apart, {bound} allowed": "höchstens {worst} auseinander, {bound} erlaubt",
    "{name}: the same to the last digit": "{name}: gleich bis zur letzten Stelle", "the same to the last digit":
        "gleich bis zur letzten Stelle",
    "{name}: {worst} apart, though no loss was promised": "{name}: {worst} auseinander, obwohl kein Verlust versprochen war",
    "{worst} apart, though no loss was promised": "{worst} auseinander, obwohl kein Verlust versprochen war",
    # keys
    "Sh&ortcuts…": "Tas&tenkürzel …", "Change the key of any command; what is changed is kept":
        "Die Taste jedes Befehls ändern; Geändertes bleibt erhalten",
    "Shortcuts": "Tastenkürzel", "Shortcuts…": "Tastenkürzel …", "Change the key of any command": "Die Taste jedes Befehls ändern",
    "Part of a name, or a key": "Teil eines Namens oder eine Taste",
    "Find a command": "Einen Befehl finden", "Command": "Befehl", "Commands and their keys": "Befehle und ihre Tasten",
    "New key": "Neue Taste", "Set": "Setzen", "No key": "Keine Taste", "As shipped": "Wie geliefert",
    "All as shipped": "Alle wie geliefert", "Done": "Fertig", "Take it over": "Übernehmen",
    "{key} belongs to {command}": "{key} gehört zu {command}",
    "Presets: fit, 1:1, ×2 … ×64": "Stufen: einpassen, 1:1, ×2 … ×64",
    # the timeline
    "reading …": "wird gelesen …", "lost": "verloren", "key frame": "Schlüsselbild",
    # what cannot be
    "these two do not belong together: {a} with {n} rows, {b} with {m}":
        "diese beiden gehören nicht zusammen: {a} mit {n} Zeilen, {b} mit {m}",
    "these two do not belong together: cubes of different shapes": "diese beiden gehören nicht zusammen: Würfel verschiedener Form",
    "these two do not belong together: no column has the same name": "diese beiden gehören nicht zusammen: keine Spalte heißt gleich",
    "text is kept as it is: there is nothing to lay over": "Text bleibt, wie er ist: es gibt nichts aufzulegen",
    "{name} holds no pictures: it cannot be side B": "{name} enthält keine Bilder: es kann nicht Seite B sein",
    "{name} holds pictures: it cannot be laid over {kind}": "{name} enthält Bilder: es passt nicht über {kind}",
    # forms
    "What is kept": "Was bleibt", "Data keeps a bound for every single value, or all of it":
        "Daten halten eine Schranke für jeden einzelnen Wert ein, oder alles",
    "compressed for the ear": "komprimiert fürs Ohr",
    "Largest error": "Größter Fehler", "for the eye, by quality": "fürs Auge, nach Qualität", "without loss": "ohne Verlust",
    "no value further off than": "kein Wert weiter daneben als",
    "0.5: every value at most 0.5 off; 1%: a hundredth of the range of its series":
        "0.5: jeder Wert höchstens 0,5 daneben; 1%: ein Hundertstel des Bereichs seiner Reihe",
    "say the largest error, as 0.5 or 1%": "bitte den größten Fehler nennen, als 0.5 oder 1%",
    "If you stop it, nothing is written.": "Wird es abgebrochen, wird nichts geschrieben.",
    "Every file (*)": "Alle Dateien (*)", "Video, pictures and recordings": "Video, Bilder und Aufnahmen",
    "NumPy array": "NumPy-Feld", "PNG picture": "PNG-Bild", "WAV sound": "WAV-Ton",
    "raw samples": "rohe Werte", "TIFF": "TIFF", "for the ear, by quality": "fürs Ohr, nach Qualität",
}
