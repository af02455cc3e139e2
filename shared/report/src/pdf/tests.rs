//! What another program reads on the pages.

use domain::export::{Column, Part};

use super::*;

fn head() -> Head {
    let of = |part: Part, names: &[&str]| names.iter().map(|name| Column::of(part, *name)).collect::<Vec<_>>();
    let columns = [
        of(Part::Row, &["result_id"]),
        of(Part::Who, &["source.name", "source.email"]),
        of(Part::Access, &["destination.name", "destination.type", "concrete_permissions"]),
        of(Part::Reviewers, &["reviewers"]),
        of(Part::Decision, &["decision", "decision_by", "decision_at", "notes"]),
        of(Part::Course, &["signed_off_state"]),
    ];
    let facts = vec![
        Fact::new("Review", "Payroll roles, Ünïcødé 王小明"),
        Fact::new("Exported", "2026-05-01 08:00:00 UTC by Ann Ó <ann@corp.example>"),
    ];
    Head {
        title: "Autumn".to_owned(),
        facts,
        columns: columns.concat(),
        made_at: "2026-05-01T08:00:00Z".parse().unwrap(),
    }
}

fn row(number: usize, name: &str, note: &str) -> Vec<String> {
    let cells = [
        &number.to_string(),
        name,
        "p.nowak@corp.example",
        "PeriodClose",
        "Role",
        "ledger.read; ledger.post; ledger.close",
        "Kaja Lind <k.lind@corp.example>; Ren Sato <r.sato@corp.example>",
        "REJECTED",
        "Kaja Lind",
        "2026-06-02T07:11:09Z",
        note,
        "SIGNED_OFF",
    ];
    cells.map(str::to_owned).to_vec()
}

fn written(head: Head, rows: &[Vec<String>]) -> Vec<u8> {
    ended(head, rows, &[Fact::new("Rows", rows.len().to_string()), Fact::new("Rejected", "1")])
}

fn ended(head: Head, rows: &[Vec<String>], closing: &[Fact]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut pdf = Box::new(Pdf::begin(head, &mut out).unwrap());
    for row in rows {
        pdf.row(row, &mut out).unwrap();
    }
    for piece in pdf.finish(closing).unwrap() {
        out.extend(piece.unwrap());
    }
    out
}

/// Text without blanks and ends of lines, which are the layout's.
fn solid(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_whitespace()).collect()
}

/// The text of each page, as another program reads it.
fn pages(pdf: &[u8]) -> Vec<String> {
    let opened = lopdf::Document::load_mem(pdf).unwrap();
    let numbers: Vec<u32> = opened.get_pages().into_keys().collect();
    numbers.iter().map(|number| opened.extract_text(&[*number]).unwrap()).collect()
}

/// What is drawn behind `of` on each page.
fn count(pdf: &[u8]) -> String {
    let opened = lopdf::Document::load_mem(pdf).unwrap();
    let page = *opened.get_pages().values().next().unwrap();
    let fonts = opened.get_page_fonts(page).unwrap();
    let encoding = fonts[&b"F1".to_vec()].get_font_encoding(&opened).unwrap();
    let (resources, _) = opened.get_page_resources(page).unwrap();
    let (_, resources) = (resources, opened.get_dictionary(page).unwrap().get(b"Resources").unwrap());
    let resources = opened.dereference(resources).unwrap().1.as_dict().unwrap();
    let form = resources.get(b"XObject").unwrap().as_dict().unwrap().get(b"N").unwrap();
    let form = opened.dereference(form).unwrap().1.as_stream().unwrap();
    let drawn = lopdf::content::Content::decode(&form.decompressed_content().unwrap()).unwrap();
    let shown = drawn.operations.iter().find(|operation| operation.operator == "Tj").unwrap();
    lopdf::Document::decode_text(&encoding, shown.operands[0].as_str().unwrap()).unwrap()
}

#[test]
fn another_program_finds_every_cell_of_every_row_in_order() {
    let names =
        ["Łukasz Żółć", "王小明", "さくら 花子", "김민준", "Ελένη Παπαδοπούλου", "Иван Петров", "Zoë O’Brien-Smith ✓"];
    let note = "left the team in May, and nobody noticed until the audit of the second quarter came around";
    let rows: Vec<_> = (0..100).map(|n| row(n, names[n % names.len()], if n % 3 == 0 { note } else { "" })).collect();
    let pdf = written(head(), &rows);
    let pages = pages(&pdf);
    assert!(pages.len() > 8, "{}", pages.len());
    assert_eq!(count(&pdf), pages.len().to_string());
    let first = solid(&pages[0]);
    for told in
        ["Autumn", "ReviewPayrollroles,Ünïcødé王小明", "Exported2026-05-0108:00:00UTCbyAnnÓ", "Rows100", "Rejected1"]
    {
        assert!(first.contains(told), "{told} in {first}");
    }
    let mut all = String::new();
    for (number, page) in (1..).zip(&pages) {
        let page = solid(page);
        let foot = format!("AutumnPage{number}of");
        assert!(page.ends_with(&foot), "{page}");
        let heading = "RowWhoAccessReviewersDecisionSign-offandremoval";
        assert!(number == 1 || page.starts_with(heading), "{page}");
        all.push_str(page.trim_end_matches(&foot).trim_start_matches(heading));
    }
    let mut rest = all.as_str();
    for row in &rows {
        // The order of the columns on the page; what is empty has no label.
        for cell in row.iter().filter(|cell| !cell.is_empty()) {
            let cell = solid(cell);
            let at = rest.find(&cell).unwrap_or_else(|| panic!("{cell} in {rest}"));
            rest = &rest[at + cell.len()..];
        }
    }
}

#[test]
fn a_row_that_is_higher_than_a_page_goes_on_on_the_next() {
    let words: Vec<String> = (0..3_000).map(|n| format!("word{n}")).collect();
    let rows = [row(0, "first", ""), row(1, "second", &words.join(" ")), row(2, "third", "")];
    let pages = pages(&written(head(), &rows));
    assert!(pages.len() > 4, "{}", pages.len());
    let all: String = pages.iter().map(|page| solid(page)).collect();
    let mut rest = all.as_str();
    for word in words.iter().map(String::as_str).chain(["third"]) {
        let at = rest.find(word).unwrap_or_else(|| panic!("{word} in {rest}"));
        rest = &rest[at + word.len()..];
    }
}

#[test]
fn facts_that_are_longer_than_a_page_push_the_rows_back_and_not_the_totals() {
    let long: Vec<String> = (0..2_500).map(|n| format!("fact{n}")).collect();
    let mut head = head();
    head.facts.insert(0, Fact::new("Filter", long.join(" ")));
    let pages = pages(&written(head, &[row(0, "first", "")]));
    assert!(solid(&pages[0]).contains("Rows1"), "{}", pages[0]);
    let all: String = pages.iter().map(|page| solid(page)).collect();
    assert!(long.iter().all(|word| all.contains(word)), "{all}");
    assert!(all.contains("Exported2026") && solid(pages.last().unwrap()).contains("first"));
}

#[test]
fn no_total_is_lost_however_much_the_first_page_says() {
    for (totals, lengths) in [(9, 0..40), (30, 20..24)] {
        let closing: Vec<Fact> = (0..totals).map(|n| Fact::new(format!("Total{n}is"), format!("{n}in{n}"))).collect();
        for length in lengths {
            let mut head = head();
            let lines = vec!["and so on"; length];
            head.facts.push(Fact::new("Filter", lines.join("\n")));
            let pages = pages(&ended(head, &[row(0, "first", "")], &closing));
            let all: String = pages.iter().map(|page| solid(page)).collect();
            for n in 0..totals {
                let told = format!("Total{n}is{n}in{n}");
                assert!(all.contains(&told), "{told} of {totals} behind {length} lines: {all}");
                assert!(totals > 9 || solid(&pages[0]).contains(&told), "{told} behind {length} lines");
            }
        }
    }
}

#[test]
fn pages_go_out_as_they_are_full() {
    let mut out = Vec::new();
    let mut pdf = Pdf::begin(head(), &mut out).unwrap();
    let mut sent = 0;
    for number in 0..1_000 {
        pdf.row(&row(number, "Ann", "gone"), &mut out).unwrap();
        sent += out.len();
        out.clear();
    }
    assert!(sent > 80 * 500, "{sent} bytes of some 90 pages");
    assert!(pdf.pages.len() > 80, "{}", pdf.pages.len());
}

#[test]
fn no_line_is_wider_than_its_column_and_no_letter_is_lost() {
    let mut file = File::begin(&mut Vec::new());
    let mut fonts = Fonts::new(&mut file).unwrap();
    let texts = [
        "a-very-long.name_that/has@many,places;to:break",
        &"x".repeat(300),
        "word ".repeat(80).as_str(),
        "王小明".repeat(60).as_str(),
        "one\ntwo\r\nthree",
        "",
        "   leading",
        "ﬁ ligature",
        "محمد بن علي",
        "नेहा",
        "\u{202e}turned\u{0}",
    ]
    .map(str::to_owned);
    for text in texts {
        for most in [3_000.0, 12_000.0, 60_000.0] {
            let lines = text::lines(&mut fonts, false, &text, most);
            for line in &lines {
                assert!(text::width(&mut fonts, false, line) <= most, "{line}");
            }
            let kept =
                text.replace('न', "[U+0928]").replace('े', "[U+0947]").replace('ह', "[U+0939]").replace('ा', "[U+093E]");
            let kept: String = kept.chars().filter(|letter| !matches!(letter, '\u{202e}' | '\0')).collect();
            assert_eq!(solid(&lines.concat()), solid(&kept));
        }
    }
}

#[test]
fn what_is_written_from_the_right_is_drawn_from_the_right_and_its_letters_join() {
    let mut file = File::begin(&mut Vec::new());
    let mut fonts = Fonts::new(&mut file).unwrap();
    let hebrew = text::glyphs(&mut fonts, false, "אב");
    let turned = text::glyphs(&mut fonts, false, "בא");
    assert_eq!(hebrew.len(), 2);
    assert_eq!((hebrew[0].glyph, hebrew[1].glyph), (turned[1].glyph, turned[0].glyph));
    assert!(hebrew[0].x < hebrew[1].x);
    // Alone and in the middle of a word, a letter has another shape.
    let (alone, inside) = (text::glyphs(&mut fonts, false, "ع"), text::glyphs(&mut fonts, false, "ععع"));
    assert_eq!((alone.len(), inside.len()), (1, 3));
    assert!(inside.iter().all(|placed| placed.glyph != alone[0].glyph));
}
