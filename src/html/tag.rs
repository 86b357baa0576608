//! Names of elements, and what they mean for structure.

/// An element's name, as far as it matters; [`Tag::Other`] for the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
#[allow(missing_docs, reason = "each is called as its element is")]
pub enum Tag {
    /// Text between tags.
    Text,
    /// A name with a hyphen: a component of the site's own, laid out as a block as a rule.
    Custom,
    /// Any other name.
    Other,
    A,
    Abbr,
    Address,
    Article,
    Aside,
    B,
    Base,
    Blockquote,
    Body,
    Br,
    Button,
    Caption,
    Center,
    Code,
    Dd,
    Details,
    Dialog,
    Div,
    Dl,
    Dt,
    Em,
    Embed,
    Fieldset,
    Figcaption,
    Figure,
    Font,
    Footer,
    Form,
    H1,
    H2,
    H3,
    H4,
    H5,
    H6,
    Head,
    Header,
    Hgroup,
    Hr,
    Html,
    I,
    Iframe,
    Img,
    Input,
    Label,
    Legend,
    Li,
    Link,
    Main,
    Math,
    Menu,
    Meta,
    Nav,
    Noscript,
    Object,
    Ol,
    Optgroup,
    Option,
    P,
    Picture,
    Pre,
    Q,
    Script,
    Section,
    Select,
    Small,
    Source,
    Span,
    Strong,
    Style,
    Sub,
    Summary,
    Sup,
    Svg,
    Table,
    Tbody,
    Td,
    Template,
    Textarea,
    Tfoot,
    Th,
    Thead,
    Time,
    Title,
    Tr,
    U,
    Ul,
    Video,
}

/// How many tags there are.
pub const TAGS: usize = Tag::Video as usize + 1;

impl Tag {
    /// The tag called `name`, in any case of letters.
    pub fn of(name: &[u8]) -> Self {
        let mut lower = [0u8; 10];
        let Some(lower) = lower.get_mut(..name.len()) else {
            return Self::unknown(name);
        };
        lower.copy_from_slice(name);
        lower.make_ascii_lowercase();
        match &*lower {
            b"a" => Self::A,
            b"abbr" => Self::Abbr,
            b"address" => Self::Address,
            b"article" => Self::Article,
            b"aside" => Self::Aside,
            b"b" => Self::B,
            b"base" => Self::Base,
            b"blockquote" => Self::Blockquote,
            b"body" => Self::Body,
            b"br" => Self::Br,
            b"button" => Self::Button,
            b"caption" => Self::Caption,
            b"center" => Self::Center,
            b"code" => Self::Code,
            b"dd" => Self::Dd,
            b"details" => Self::Details,
            b"dialog" => Self::Dialog,
            b"div" => Self::Div,
            b"dl" => Self::Dl,
            b"dt" => Self::Dt,
            b"em" => Self::Em,
            b"embed" => Self::Embed,
            b"fieldset" => Self::Fieldset,
            b"figcaption" => Self::Figcaption,
            b"figure" => Self::Figure,
            b"font" => Self::Font,
            b"footer" => Self::Footer,
            b"form" => Self::Form,
            b"h1" => Self::H1,
            b"h2" => Self::H2,
            b"h3" => Self::H3,
            b"h4" => Self::H4,
            b"h5" => Self::H5,
            b"h6" => Self::H6,
            b"head" => Self::Head,
            b"header" => Self::Header,
            b"hgroup" => Self::Hgroup,
            b"hr" => Self::Hr,
            b"html" => Self::Html,
            b"i" => Self::I,
            b"iframe" => Self::Iframe,
            b"img" | b"image" => Self::Img,
            b"input" => Self::Input,
            b"label" => Self::Label,
            b"legend" => Self::Legend,
            b"li" => Self::Li,
            b"link" => Self::Link,
            b"main" => Self::Main,
            b"math" => Self::Math,
            b"menu" => Self::Menu,
            b"meta" => Self::Meta,
            b"nav" => Self::Nav,
            b"noscript" => Self::Noscript,
            b"object" => Self::Object,
            b"ol" => Self::Ol,
            b"optgroup" => Self::Optgroup,
            b"option" => Self::Option,
            b"p" => Self::P,
            b"picture" => Self::Picture,
            b"pre" => Self::Pre,
            b"q" => Self::Q,
            b"script" => Self::Script,
            b"section" => Self::Section,
            b"select" => Self::Select,
            b"small" => Self::Small,
            b"source" => Self::Source,
            b"span" => Self::Span,
            b"strong" => Self::Strong,
            b"style" => Self::Style,
            b"sub" => Self::Sub,
            b"summary" => Self::Summary,
            b"sup" => Self::Sup,
            b"svg" => Self::Svg,
            b"table" => Self::Table,
            b"tbody" => Self::Tbody,
            b"td" => Self::Td,
            b"template" => Self::Template,
            b"textarea" => Self::Textarea,
            b"tfoot" => Self::Tfoot,
            b"th" => Self::Th,
            b"thead" => Self::Thead,
            b"time" => Self::Time,
            b"title" => Self::Title,
            b"tr" => Self::Tr,
            b"u" => Self::U,
            b"ul" => Self::Ul,
            b"video" => Self::Video,
            _ => Self::unknown(name),
        }
    }

    fn unknown(name: &[u8]) -> Self {
        if name.contains(&b'-') { Self::Custom } else { Self::Other }
    }

    /// Has no content and no end tag.
    pub fn is_void(self) -> bool {
        use Tag::*;
        matches!(self, Base | Br | Embed | Hr | Img | Input | Link | Meta | Source)
    }

    /// Holds text that is not markup, up to its end tag.
    pub fn is_raw(self) -> bool {
        use Tag::*;
        matches!(self, Script | Style | Title | Textarea | Iframe)
    }

    /// Begins on a line of its own.
    pub fn is_block(self) -> bool {
        use Tag::*;
        matches!(
            self,
            Custom
                | Address
                | Article
                | Aside
                | Blockquote
                | Body
                | Caption
                | Center
                | Dd
                | Details
                | Dialog
                | Div
                | Dl
                | Dt
                | Fieldset
                | Figcaption
                | Figure
                | Footer
                | Form
                | H1
                | H2
                | H3
                | H4
                | H5
                | H6
                | Head
                | Header
                | Hgroup
                | Hr
                | Html
                | Legend
                | Li
                | Main
                | Menu
                | Nav
                | Ol
                | P
                | Pre
                | Section
                | Summary
                | Table
                | Tbody
                | Td
                | Tfoot
                | Th
                | Thead
                | Tr
                | Ul
        )
    }

    /// Ends an open paragraph.
    pub fn ends_paragraph(self) -> bool {
        use Tag::*;
        self.is_block()
            && !matches!(self, Custom | Body | Head | Html | Caption | Legend | Td | Th | Tr | Tbody)
    }

    /// A heading.
    pub fn is_heading(self) -> bool {
        (Self::H1..=Self::H6).contains(&self)
    }

    /// What is in it is never seen as text of the page.
    pub fn is_skipped(self) -> bool {
        use Tag::*;
        matches!(
            self,
            Head | Script
                | Style
                | Noscript
                | Template
                | Svg
                | Math
                | Iframe
                | Object
                | Embed
                | Select
                | Textarea
                | Input
                | Video
                | Option
                | Optgroup
        )
    }
}
