//! Configuration and versions.

use super::html::Html;
use super::{PageData, table};

pub(super) fn write(page: &PageData<'_>, html: &mut Html) {
    html.within("dl", &[("class", "config")], |html| {
        for (name, value) in page.config.iter().filter(|(_, value)| !value.is_empty()) {
            html.within("div", &[], |html| {
                html.leaf("dt", &[], name);
                html.scraped("dd", "", value);
            });
        }
    });
    html.line().leaf("h3", &[], "Stages").line();
    table(
        html,
        "plain",
        "Stages, in order",
        &["#No.", "Stage", "What it does", "Options that are not as by default"],
        |html| {
            for (i, stage) in page.stages.iter().enumerate() {
                html.within("tr", &[], |html| {
                    html.leaf("td", &[("class", "n")], &(i + 1).to_string());
                    html.within("th", &[("scope", "row")], |html| {
                        html.leaf("code", &[], stage.name);
                    });
                    html.leaf("td", &[], stage.summary);
                    html.within("td", &[], |html| {
                        for option in &stage.options {
                            html.scraped("code", "option", option).text(" ");
                        }
                    });
                });
            }
        },
    );
}
