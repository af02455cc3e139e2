//! Which file of a crate imports which other, read from the text: what the compiler takes without a word, and a reader cannot.
//!
//! What stands behind `#[cfg(test)]` is not read. A name that a module only hands on is an arrow to where it is defined,
//! and handing it on is none: a face of a folder may name all that is in it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use super::tokens::{Token, tokens};

/// A place in a crate: the names of the modules on the way to it.
type Place = Vec<String>;

/// The arrows of a crate: which module names what of which other.
pub type Arrows = BTreeMap<(String, String), BTreeSet<String>>;

/// What one file says.
struct Source {
    tokens: Vec<Token>,
    children: BTreeSet<String>,
    /// Under which name what is known here that another module defines.
    imports: HashMap<String, Place>,
}

/// A name that is written down, as the places from the root of the crate on.
struct Mention {
    path: Place,
    /// The name that an outsider finds it by, when it is only handed on.
    handed_on: Option<String>,
}

/// All files of a crate.
pub struct Modules {
    sources: BTreeMap<Place, Source>,
}

impl Modules {
    /// The modules of a crate, from its first file on.
    pub fn of(root: &Path) -> Self {
        let mut modules = Self { sources: BTreeMap::new() };
        modules.read(root, root.parent().expect("a folder"), Vec::new());
        let places: Vec<Place> = modules.sources.keys().cloned().collect();
        for place in places {
            let imports = modules.imports(&place);
            modules.sources.get_mut(&place).expect("a module").imports = imports;
        }
        modules
    }

    /// How many files there are.
    pub fn len(&self) -> usize {
        self.sources.len()
    }

    fn read(&mut self, file: &Path, folder: &Path, place: Place) {
        let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let tokens = without_tests(tokens(&text));
        let children: BTreeSet<String> = tokens
            .windows(3)
            .filter_map(|window| match window {
                [Token::Word(word), Token::Word(name), Token::Sign(";")] if word == "mod" => Some(name.clone()),
                _ => None,
            })
            .collect();
        self.sources.insert(place.clone(), Source { tokens, children: children.clone(), imports: HashMap::new() });
        for child in children {
            let inner: PathBuf = folder.join(&child);
            let beside = folder.join(format!("{child}.rs"));
            let file = if beside.exists() { beside } else { inner.join("mod.rs") };
            let mut place = place.clone();
            place.push(child);
            self.read(&file, &inner, place);
        }
    }

    /// What a module names, outside of itself and in its own children.
    fn mentions(&self, place: &Place) -> Vec<Mention> {
        let tokens = &self.sources[place].tokens;
        let (mut mentions, mut spoken) = (Vec::new(), BTreeSet::new());
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            match token {
                Token::Word(word) if word == "use" && brings_names(tokens, at) => {
                    let before = at.checked_sub(1).and_then(|before| tokens.get(before)).map(Token::text);
                    let handed_on = matches!(before, Some("pub" | ")"));
                    let mut leaves = Vec::new();
                    at = use_tree(tokens, at + 1, &Vec::new(), &mut leaves);
                    for (path, name) in leaves {
                        if let Some(path) = self.absolute(place, &path) {
                            mentions.push(Mention { path, handed_on: handed_on.then_some(name) });
                        }
                    }
                }
                Token::Word(word) => {
                    spoken.insert(word.clone());
                    let mut path = vec![word.clone()];
                    while let (Some(Token::Sign("::")), Some(Token::Word(next))) =
                        (tokens.get(at + 1), tokens.get(at + 2))
                    {
                        path.push(next.clone());
                        at += 2;
                    }
                    if path.len() > 1 {
                        mentions.extend(self.absolute(place, &path).map(|path| Mention { path, handed_on: None }));
                    }
                }
                Token::Sign(_) => {}
            }
            at += 1;
        }
        mentions.retain(|mention| mention.handed_on.as_ref().is_none_or(|name| spoken.contains(name)));
        mentions
    }

    fn imports(&self, place: &Place) -> HashMap<String, Place> {
        let tokens = &self.sources[place].tokens;
        let mut imports = HashMap::new();
        for at in (0..tokens.len()).filter(|at| brings_names(tokens, *at)) {
            let mut leaves = Vec::new();
            use_tree(tokens, at + 1, &Vec::new(), &mut leaves);
            for (path, name) in leaves {
                imports.extend(self.absolute(place, &path).map(|path| (name, path)));
            }
        }
        imports
    }

    /// A path from the root on; nothing when it begins in another crate.
    fn absolute(&self, place: &Place, path: &[String]) -> Option<Place> {
        let (first, rest) = path.split_first()?;
        let mut whole = match first.as_str() {
            "crate" => Vec::new(),
            "self" => place.clone(),
            "super" => place.split_last()?.1.to_vec(),
            child if self.sources[place].children.contains(child) => [place.clone(), vec![child.to_owned()]].concat(),
            _ => return None,
        };
        for name in rest {
            if name == "super" {
                whole.pop();
            } else {
                whole.push(name.clone());
            }
        }
        Some(whole)
    }

    /// The module that defines what a path leads to, and the name in it.
    fn definition(&self, path: &[String], hops: usize) -> (Place, String) {
        let mut place = Place::new();
        for (index, name) in path.iter().enumerate() {
            let deeper = [place.clone(), vec![name.clone()]].concat();
            if self.sources.contains_key(&deeper) {
                place = deeper;
                continue;
            }
            if let Some(imported) = self.sources[&place].imports.get(name)
                && hops > 0
                && *imported != deeper
            {
                let onward = [imported.as_slice(), &path[index + 1..]].concat();
                return self.definition(&onward, hops - 1);
            }
            return (place, name.clone());
        }
        (place, "itself".to_owned())
    }

    /// Which module names what of which other one.
    pub fn arrows(&self) -> Arrows {
        let mut arrows = Arrows::new();
        for place in self.sources.keys() {
            for mention in self.mentions(place) {
                let (target, name) = self.definition(&mention.path, 8);
                if target != *place {
                    arrows.entry((place.join("::"), target.join("::"))).or_default().insert(name);
                }
            }
        }
        arrows
    }
}

/// Modules that reach each other: the arrows among them.
pub struct Circle(Arrows);

impl std::fmt::Display for Circle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let arrow = |((from, to), names): (&(String, String), &BTreeSet<String>)| {
            format!("{from} -> {to} ({})", names.iter().map(String::as_str).collect::<Vec<_>>().join(", "))
        };
        f.write_str(&self.0.iter().map(arrow).collect::<Vec<_>>().join(", "))
    }
}

/// Whether one of two modules is within the other. They are one thing that is told in two files: what is within uses what
/// it is made for, and the face hands on what is within.
fn is_family(one: &str, other: &str) -> bool {
    let within = |inner: &str, outer: &str| outer.is_empty() || inner.starts_with(&format!("{outer}::"));
    within(one, other) || within(other, one)
}

/// The circles of modules that are not within each other.
pub fn circles(arrows: &Arrows) -> Vec<Circle> {
    let mut next: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (from, to) in arrows.keys().filter(|(from, to)| !is_family(from, to)) {
        next.entry(from).or_default().insert(to);
    }
    let reached: BTreeMap<&str, BTreeSet<&str>> = next.keys().map(|from| (*from, reach(&next, from))).collect();
    let is_back = |from: &str, to: &str| reached.get(to).is_some_and(|far| far.contains(from));
    let mut circles = BTreeSet::new();
    for (module, far) in reached.iter().filter(|(module, far)| far.contains(*module)) {
        circles.insert(far.iter().copied().filter(|other| is_back(module, other)).collect::<BTreeSet<&str>>());
    }
    let among = |circle: BTreeSet<&str>| {
        let both = |(from, to): &(String, String)| circle.contains(from.as_str()) && circle.contains(to.as_str());
        Circle(
            arrows
                .iter()
                .filter(|(arrow, _)| both(arrow))
                .map(|(arrow, names)| (arrow.clone(), names.clone()))
                .collect(),
        )
    };
    circles.into_iter().map(among).collect()
}

fn reach<'a>(next: &BTreeMap<&'a str, BTreeSet<&'a str>>, from: &str) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::new();
    let mut open: Vec<&str> = next.get(from).into_iter().flatten().copied().collect();
    while let Some(module) = open.pop() {
        if found.insert(module) {
            open.extend(next.get(module).into_iter().flatten());
        }
    }
    found
}

/// Whether a `use` stands here that brings names in, and not one that tells what a type captures.
fn brings_names(tokens: &[Token], at: usize) -> bool {
    tokens[at] == Token::Word("use".to_owned()) && tokens.get(at + 1) != Some(&Token::Sign("<"))
}

/// Reads one tree of a `use` from a token on into its leaves, each with the name it is known by; answers where it ends.
fn use_tree(tokens: &[Token], mut at: usize, before: &Place, leaves: &mut Vec<(Place, String)>) -> usize {
    let mut path = before.clone();
    while let Some(token) = tokens.get(at) {
        match token {
            Token::Word(word) if word == "as" => {
                if let Some(Token::Word(name)) = tokens.get(at + 1) {
                    leaves.push((std::mem::take(&mut path), name.clone()));
                }
                at += 1;
            }
            Token::Word(word) if word == "self" && !path.is_empty() => {}
            Token::Word(word) => path.push(word.clone()),
            Token::Sign("{") => {
                at += 1;
                while tokens.get(at).is_some_and(|token| *token != Token::Sign("}")) {
                    at = use_tree(tokens, at, &path, leaves);
                    at += usize::from(tokens.get(at) == Some(&Token::Sign(",")));
                }
                path.clear();
            }
            Token::Sign("," | ";" | "}") => break,
            Token::Sign(_) => {}
        }
        at += 1;
    }
    if let Some(name) = path.last().cloned() {
        leaves.push((path, name));
    }
    at
}

/// The tokens without the items that only tests have.
fn without_tests(tokens: Vec<Token>) -> Vec<Token> {
    let mark = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut kept = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let here = tokens[at..].iter().take(mark.len()).map(Token::text);
        if here.eq(mark) {
            at = end_of_item(&tokens, at + mark.len());
        } else {
            kept.push(tokens[at].clone());
            at += 1;
        }
    }
    kept
}

fn end_of_item(tokens: &[Token], mut at: usize) -> usize {
    let mut depth = 0_usize;
    while let Some(token) = tokens.get(at) {
        at += 1;
        match token.text() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" => depth -= 1,
            "}" => {
                depth -= 1;
                if depth == 0 {
                    break;
                }
            }
            ";" if depth == 0 => break,
            _ => {}
        }
    }
    at
}
