//! `oz collections`

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, Subcommand};
use oz::{Error, Oz, Result};
use oz_core::collection::{CollectionId, ReferenceSample};
use oz_core::metadata::Metadata;
use oz_core::storage::BlobKey;
use oz_core::system::CompanyId;
use oz_http::Ports;
use serde_json::json;

use super::StoreArgs;
use crate::progress::CountProgress;
use crate::setup::SetupArgs;
use crate::{Answered, output};

/// Time after which a stored photo without a record is deleted.
const STAGED: Duration = Duration::from_secs(3_600);

/// Manage collections locally.
#[derive(Debug, Subcommand)]
pub(crate) enum CollectionsCommand {
    /// Enrol the people of a folder: one person per photo or per subfolder of photos
    Import(ImportArgs),
}

/// Collection and folder of photos.
#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    #[command(flatten)]
    store: StoreArgs,
    /// ID of the owning company
    #[arg(long, value_name = "ID")]
    company: CompanyId,
    /// Alias of the collection, created if it does not exist
    alias: String,
    /// Folder of photos or of subfolders of photos; file or subfolder names become the names of the people
    folder: PathBuf,
}

/// Person to enrol.
struct Person {
    name: String,
    photos: Vec<PathBuf>,
}

impl CollectionsCommand {
    pub(crate) fn run(self, setup: &SetupArgs) -> Result<Answered> {
        let Self::Import(args) = self;
        let oz = setup.oz()?;
        let people = people(&args.folder)?;
        args.store.with_ports(setup, async |ports| {
            let collection = collection(ports, args.company, &args.alias).await?;

            let bar = CountProgress::new("people", people.len(), 0);
            let (mut enrolled, mut answered) = (0, Answered::All);
            for person in &people {
                match enrol(ports, &oz, args.company, collection, person).await {
                    Ok(()) => enrolled += 1,
                    Err(error) if error.is_input() => {
                        answered = Answered::NotAll;
                        output::message(format_args!(
                            "{}: {} ({})",
                            person.name,
                            error.chain(),
                            error.code()
                        ));
                    }
                    Err(error) => return Err(error),
                }
                bar.step();
            }

            output::text(format!("{enrolled} of {} people enrolled in {collection}", people.len()))?;
            Ok(answered)
        })
    }
}

async fn collection(ports: &Ports, company: CompanyId, alias: &str) -> Result<CollectionId> {
    match ports.collections.repository.collection_by_alias(company, alias).await {
        Ok(found) => Ok(found.id),
        Err(oz_core::Error::NotFound { .. }) => {
            Ok(ports.collections.create(company, alias, Metadata::default()).await?.id)
        }
        Err(error) => Err(error.into()),
    }
}

/// Stores the photos, then the record that references them. A person is enrolled with all photos or not at
/// all.
async fn enrol(
    ports: &Ports,
    oz: &Oz,
    company: CompanyId,
    collection: CollectionId,
    person: &Person,
) -> Result<()> {
    let mut samples = Vec::new();
    for photo in &person.photos {
        let template = oz.features(photo.as_path())?;
        let content = std::fs::read(photo).map_err(|source| unreadable(photo, source))?;
        let image = BlobKey { owner: company, id: ports.ids.next_id() };
        ports.erasures.stage(&[image], ports.clock.now().after(STAGED)).await?;
        ports.blobs.put(image, &content).await?;
        samples.push(ReferenceSample { template, image: Some(image) });
    }

    let metadata = Metadata::new(json!({"person_info": {"name": person.name}}))?;
    ports.collections.enrol(collection, metadata, samples).await?;
    Ok(())
}

fn people(folder: &Path) -> Result<Vec<Person>> {
    let mut people: Vec<Person> = Vec::new();
    for path in listed(folder)? {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let photos = if path.is_dir() { listed(&path)? } else { vec![path] };
        if !photos.is_empty() {
            people.push(Person { name, photos });
        }
    }
    Ok(people)
}

/// Entries of a folder, sorted by name, without hidden files.
fn listed(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder).map_err(|source| unreadable(folder, source))?;
    let visible =
        |path: &PathBuf| path.file_name().is_some_and(|name| !name.to_string_lossy().starts_with('.'));
    let mut paths: Vec<PathBuf> =
        entries.filter_map(|entry| Some(entry.ok()?.path())).filter(visible).collect();
    paths.sort();
    Ok(paths)
}

fn unreadable(path: &Path, source: std::io::Error) -> Error {
    Error::File { action: "read", path: path.into(), source }
}
