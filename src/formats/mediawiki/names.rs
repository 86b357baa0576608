//! Names of namespaces and words of image links in the languages of large wikis.

/// Prefixes of categories, lower case. The English one works in every wiki.
const CATEGORY: &[&str] = &[
    "category",
    "kategorie",
    "catégorie",
    "categoria",
    "categoría",
    "categorie",
    "kategoria",
    "kategori",
    "kategória",
    "kategorija",
    "kategorio",
    "kategoriya",
    "категория",
    "категорія",
    "категорија",
    "катэгорыя",
    "категорияләр",
    "санат",
    "κατηγορία",
    "კატეგორია",
    "կատեգորիա",
    "קטגוריה",
    "تصنيف",
    "رده",
    "زمرہ",
    "श्रेणी",
    "বিষয়শ্রেণী",
    "பகுப்பு",
    "వర్గం",
    "വർഗ്ഗം",
    "หมวดหมู่",
    "thể loại",
    "분류",
    "分类",
    "分類",
    "luokka",
    "flokkur",
    "kategoorija",
    "kategooria",
    "jamii",
    "rannkategorie",
    "rummad",
    "catagóir",
    "kateqoriya",
    "turkum",
    "វគ្គ",
    "kaarangay",
];

/// Prefixes of files, lower case.
const FILE: &[&str] = &[
    "file",
    "image",
    "datei",
    "bild",
    "fichier",
    "archivo",
    "imagen",
    "immagine",
    "ficheiro",
    "arquivo",
    "imagem",
    "bestand",
    "afbeelding",
    "plik",
    "grafika",
    "fil",
    "tiedosto",
    "kuva",
    "soubor",
    "súbor",
    "obrázok",
    "fájl",
    "kép",
    "fișier",
    "fişier",
    "imagine",
    "dosya",
    "resim",
    "файл",
    "изображение",
    "зображення",
    "датотека",
    "слика",
    "датотека",
    "slika",
    "datoteka",
    "fitxer",
    "imatge",
    "fitxategi",
    "irudi",
    "dosiero",
    "αρχείο",
    "εικόνα",
    "ფაილი",
    "պատկեր",
    "קובץ",
    "תמונה",
    "ملف",
    "صورة",
    "پرونده",
    "تصویر",
    "चित्र",
    "চিত্র",
    "படிமம்",
    "దస్త్రం",
    "പ്രമാണം",
    "ไฟล์",
    "ภาพ",
    "tập tin",
    "hình",
    "파일",
    "그림",
    "ファイル",
    "画像",
    "文件",
    "档案",
    "檔案",
    "圖像",
    "图像",
    "berkas",
    "gambar",
    "fail",
    "pilt",
    "vaizdas",
    "attēls",
    "mynd",
    "skrá",
    "şəkil",
    "fayl",
];

/// Options of images, beside `400px` and `name=value`; lower case.
const OPTIONS: &[&str] = &[
    "thumb",
    "thumbnail",
    "frame",
    "framed",
    "enframed",
    "frameless",
    "border",
    "right",
    "left",
    "center",
    "centre",
    "none",
    "upright",
    "baseline",
    "sub",
    "super",
    "sup",
    "top",
    "text-top",
    "middle",
    "bottom",
    "text-bottom",
    "miniatur",
    "mini",
    "hochkant",
    "rechts",
    "links",
    "zentriert",
    "ohne",
    "gerahmt",
    "rahmenlos",
    "rand",
    "vignette",
    "cadre",
    "gauche",
    "droite",
    "centré",
    "néant",
    "redresse",
    "sans_cadre",
    "bordure",
    "miniaturadeimagen",
    "miniatura",
    "mini",
    "miniaturadeimagem",
    "derecha",
    "izquierda",
    "dcha",
    "izda",
    "izq",
    "der",
    "der.",
    "izq.",
    "centro",
    "centrado",
    "marco",
    "sinmarco",
    "borde",
    "ninguna",
    "destra",
    "sinistra",
    "riquadrato",
    "incorniciato",
    "verticale",
    "direita",
    "esquerda",
    "commoldura",
    "semmoldura",
    "upleft",
    "мини",
    "миниатюра",
    "справа",
    "слева",
    "центр",
    "обрамить",
    "граница",
    "мініатюра",
    "праворуч",
    "ліворуч",
    "мініатюра",
    "prawo",
    "lewo",
    "środek",
    "ramka",
    "gecentreerd",
    "omkaderd",
    "miniatuur",
    "geen",
    "höger",
    "vänster",
    "vpravo",
    "vlevo",
    "náhled",
    "bélyegkép",
    "jobbra",
    "balra",
    "サムネイル",
    "右",
    "左",
    "中央",
    "缩略图",
    "縮圖",
    "居中",
    "置中",
    "有框",
    "无框",
    "섬네일",
    "오른쪽",
    "왼쪽",
    "가운데",
    "تصغير",
    "يمين",
    "يسار",
    "بندانگشتی",
    "چپ",
    "راست",
    "ממוזער",
    "ימין",
    "שמאל",
    "sağ",
    "sol",
    "küçükresim",
    "nhỏ",
    "phải",
    "trái",
    "jmpl",
    "kanan",
    "kiri",
];

/// Names of options with a value, lower case.
const WITH_VALUE: &[&str] = &[
    "alt",
    "link",
    "lang",
    "page",
    "class",
    "upright",
    "start",
    "end",
    "thumbtime",
    "thumb",
    "alternativtext",
    "lien",
    "enlace",
    "verweis",
    "seite",
    "hochkant",
    "redresse",
    "альт",
    "ссылка",
];

/// Endings of files.
const ENDINGS: &[&str] = &[
    ".jpg", ".jpeg", ".png", ".svg", ".gif", ".webp", ".tif", ".tiff", ".ogg", ".ogv", ".oga", ".webm",
    ".pdf", ".djvu", ".mp3", ".wav", ".mid", ".stl",
];

/// Prefixes of two or three letters that are links to other projects, not to other languages.
const PROJECTS: &[&str] = &["mw", "doi", "pmc", "rfc", "voy", "hdl", "iso", "isbn", "cat"];

/// What a link that is no plain one leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    Category,
    /// The page in another language.
    Language,
}

/// What kind of special link `target` is, and the name behind the prefix.
pub(super) fn kind(target: &str) -> Option<(Kind, &str)> {
    let (prefix, name) = target.split_once(':')?;
    // Longer than any prefix: a title with a colon.
    if prefix.len() > 40 {
        return None;
    }
    let given = prefix.trim();
    let prefix = given.to_lowercase();
    if CATEGORY.contains(&prefix.as_str()) {
        return Some((Kind::Category, name.trim()));
    }
    let ending = || name.trim_end().rfind('.').map(|n| name.trim_end()[n..].to_ascii_lowercase());
    if FILE.contains(&prefix.as_str())
        || !given.contains(' ') && ending().is_some_and(|e| ENDINGS.contains(&e.as_str()))
    {
        return Some((Kind::File, name.trim()));
    }
    let is_code = given == "simple"
        || given.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')
            && given.split('-').next().is_some_and(|first| (2..=3).contains(&first.len()))
            && !PROJECTS.contains(&given);
    // "wd: name" is a title; prefixes have no space after them.
    (is_code && !name.starts_with(' ')).then_some((Kind::Language, name))
}

/// Whether a part of an image's link is an option, not its caption.
pub(super) fn is_option(part: &str) -> bool {
    let part = part.trim();
    if part.len() > 200 {
        return false;
    }
    let lower = part.to_lowercase();
    let size = lower.strip_suffix("px").or(lower.strip_suffix("пкс")).or(lower.strip_suffix("piksel"));
    let is_size = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit() || b" x".contains(&b));
    let named = lower.split_once('=').is_some_and(|(name, _)| WITH_VALUE.contains(&name.trim()));
    OPTIONS.contains(&lower.as_str()) || size.is_some_and(is_size) || named
}
