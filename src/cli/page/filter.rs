//! Controls that hide what is not asked for. Without a script all is shown, and they are not.

use super::html::Html;

/// Begins a form over the items that carry `data-item` of its name.
pub(super) fn form(html: &mut Html, name: &str, label: &str, controls: impl FnOnce(&mut Html)) {
    let attributes = [
        ("class", "filters"),
        ("data-filters", name),
        ("hidden", ""),
        ("role", "search"),
        ("aria-label", label),
    ];
    html.within("form", &attributes, |html| {
        controls(html);
        html.leaf("output", &[("aria-live", "polite")], "");
    });
    html.line();
}

/// A choice among values of `data-KEY`; each is a value and its name.
pub(super) fn choice(html: &mut Html, key: &str, label: &str, all: &str, values: &[(String, String)]) {
    html.within("label", &[], |html| {
        html.leaf("span", &[], label);
        html.within("select", &[("data-key", key)], |html| {
            html.leaf("option", &[("value", "")], all);
            for (value, name) in values {
                html.leaf("option", &[("value", value)], name);
            }
        });
    });
}

/// A field for words that have to be there.
pub(super) fn words(html: &mut Html, label: &str) {
    html.within("label", &[], |html| {
        html.leaf("span", &[], label);
        html.leaf("input", &[("type", "search"), ("data-key", "text"), ("autocomplete", "off")], "");
    });
}
