//! Names of islets: each is made of its number, so that a few lines hold thousands.

const FIRST: [&str; 80] = [
    "Alder", "Amber", "Arrow", "Ash", "Barley", "Barrow", "Bell", "Birch", "Black", "Bracken", "Brock",
    "Cairn", "Candle", "Clover", "Copper", "Coral", "Crab", "Crow", "Curlew", "Dolphin", "Drift", "Dune",
    "Eagle", "Eel", "Eider", "Elder", "Ember", "Falcon", "Fern", "Fiddle", "Finch", "Flint", "Fox", "Gannet",
    "Glass", "Goose", "Gorse", "Grey", "Gull", "Harbour", "Hare", "Hazel", "Heather", "Heron", "Hollow",
    "Ivy", "Juniper", "Kelp", "Kestrel", "Lamp", "Lark", "Linnet", "Mallow", "Marram", "Mist", "Moss",
    "Myrtle", "Nettle", "North", "Oar", "Otter", "Oyster", "Pebble", "Pine", "Plover", "Puffin", "Quill",
    "Raven", "Reed", "Rowan", "Rush", "Salt", "Sand", "Seal", "Silver", "Swan", "Tern", "Thistle", "Willow",
    "Wren",
];
const SECOND: [&str; 48] = [
    " Bank", " Bar", " Bay", " Beacon", " Bluff", " Cape", " Chapel", " Corner", " Cove", " Craig", " Den",
    " Edge", " Fell", " Ferry", " Flat", " Fold", " Ford", " Gap", " Garth", " Gate", " Haven", " Head",
    " Hill", "holm", " Hook", " Isle", " Key", " Ledge", " Light", " Loch", " Mouth", " Ness", " Pass",
    " Point", " Pool", " Quay", " Reach", " Reef", " Ridge", " Rock", " Shoal", " Skerry", " Sound", " Spit",
    " Stack", " Strand", "wick", "ey",
];

/// How many there are.
pub(super) const ISLETS: u16 = 80 * 48;

/// The name of the islet with this number, of those below [`ISLETS`]; of others the last one's.
pub(super) fn name(islet: u16) -> String {
    let (first, second) = (usize::from(islet / 48).min(79), usize::from(islet % 48));
    [FIRST[first], SECOND[second]].concat()
}

/// The islets whose names hold `query`: first those that begin with it.
pub(super) fn find(query: &str) -> Vec<u16> {
    let query = query.trim().to_lowercase();
    let mut found: Vec<(bool, u16)> =
        (0..ISLETS).filter_map(|islet| Some((name(islet).to_lowercase().find(&query)? > 0, islet))).collect();
    found.sort_unstable();
    found.into_iter().map(|(_, islet)| islet).collect()
}

#[cfg(test)]
mod tests {
    use super::{ISLETS, find, name};

    #[test]
    fn names_that_begin_with_the_question_come_first() {
        let found = find("  HOLM ");
        assert_eq!(found.len(), 80);
        let found = find("reef");
        assert_eq!((found.len(), name(found[0])), (80, "Alder Reef".to_owned()));
        let found = find("ree");
        assert_eq!(name(found[0]), "Reed Bank");
        assert!(find("xyz").is_empty());
    }

    #[test]
    fn no_name_comes_twice() {
        let names: std::collections::HashSet<_> = (0..ISLETS).map(name).collect();
        assert_eq!(names.len(), usize::from(ISLETS));
    }
}
