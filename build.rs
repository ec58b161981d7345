//! Names the build by what it is made of, so that what another build has found out is not taken for its own findings.

use std::path::{Path, PathBuf};

/// All that decides what the program answers.
const PARTS: [&str; 5] = ["src", "patches", "templates", "Cargo.toml", "Cargo.lock"];

fn main() {
    let mut files = Vec::new();
    for part in PARTS {
        println!("cargo::rerun-if-changed={part}");
        gather(Path::new(part), &mut files);
    }
    files.sort();
    let mut digest = Digest::new();
    for file in &files {
        digest.add(file.to_string_lossy().as_bytes());
        // What can't be read stops the compiler by itself, where it is needed.
        digest.add(&std::fs::read(file).unwrap_or_default());
    }
    println!("cargo::rustc-env=PATCHWRIGHT_BUILD={:032x}", digest.0);
}

fn gather(path: &Path, files: &mut Vec<PathBuf>) {
    match std::fs::read_dir(path) {
        Ok(entries) => {
            for entry in entries.flatten() {
                gather(&entry.path(), files);
            }
        }
        Err(_) => files.push(path.to_owned()),
    }
}

/// FNV-1a of 128 bits: <https://datatracker.ietf.org/doc/html/rfc9923>.
struct Digest(u128);

impl Digest {
    fn new() -> Self {
        Digest(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d)
    }

    fn add(&mut self, bytes: &[u8]) {
        let length = (bytes.len() as u64).to_le_bytes();
        for byte in length.iter().chain(bytes) {
            self.0 = (self.0 ^ u128::from(*byte))
                .wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
        }
    }
}
