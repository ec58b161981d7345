//! The tree objects that a tree with changed files needs. Writes none.

use super::commit::Blob;
use super::fault::Fault;
use super::id::Id;
use super::object::{self, Entry, Object, entries};
use super::objects::{Folder, Objects};
use super::tree::FOLDER;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// A path, part by part, and what stands there now.
pub(super) type Changed<'c> = (Vec<&'c str>, Option<&'c Blob>);

/// Rebuilds the tree `id` with files changed, and returns its new id, `None` where nothing is left in it; new tree objects are
/// added behind their parts.
///
/// # Errors
/// Where a tree object can't be read.
pub(super) fn rebuild(
    store: &Objects,
    id: Option<Id>,
    changed: &[Changed],
    objects: &mut Vec<Object>,
) -> Result<Option<Id>, Fault> {
    if changed.is_empty() && id.is_some() {
        return Ok(id);
    }
    let folder: Option<Folder> = id.map(|id| store.folder(id)).transpose()?;
    let id_len = id.map_or(20, |id| id.as_bytes().len());
    let mut held: Vec<Entry> = folder
        .iter()
        .flat_map(|folder| entries(folder, id_len))
        .collect();
    let mut below: BTreeMap<&str, Vec<Changed>> = BTreeMap::new();
    // What goes makes room first: a folder may take the place of a file.
    let order = changed.iter().filter(|(_, file)| file.is_none());
    let order = order.chain(changed.iter().filter(|(_, file)| file.is_some()));
    for (path, file) in order {
        match path.split_first() {
            Some((name, [])) => set(
                &mut held,
                name,
                file.and_then(|file| Some((file.mode, Id::from_hex(&file.id)?))),
            ),
            Some((name, rest)) => below.entry(name).or_default().push((rest.to_vec(), *file)),
            None => {}
        }
    }
    for (name, files) in below {
        let below = held
            .iter()
            .find(|entry| *entry.name == *name.as_bytes() && entry.mode == FOLDER);
        let below = below.map(|entry| entry.id);
        let rebuilt = rebuild(store, below, &files, objects)?;
        if below.is_some() || rebuilt.is_some() {
            set(&mut held, name, rebuilt.map(|id| (FOLDER, id)));
        }
    }
    // git keeps no empty folders.
    if held.is_empty() {
        return Ok(None);
    }
    let tree = object::tree_object(held);
    let id = Id::from_hex(&tree.id());
    objects.push(tree);
    Ok(id)
}

/// Puts mode and id under a name, or takes the name out.
fn set<'n>(held: &mut Vec<Entry<'n>>, name: &'n str, now: Option<(u32, Id)>) {
    held.retain(|entry| *entry.name != *name.as_bytes());
    held.extend(now.map(|(mode, id)| Entry {
        mode,
        name: Cow::Borrowed(name.as_bytes()),
        id,
    }));
}
