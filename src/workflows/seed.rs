//! A synthetic catalog of any size, for trying out and benchmarking a large shop.
//!
//! # Decisions
//! - A product is derived from its number, without randomness: shops of one size are identical, and so are benchmarks.
//! - Seeding continues after the highest existing number, so that a catalog can be extended.

use diesel::sql_types::{BigInt, Nullable};
use diesel_async::RunQueryDsl;
use rust_decimal::Decimal;

use crate::db::{self, Conn, Db};
use crate::domain::catalog::ProductDetails;
use crate::kernel::ids::{CategoryId, CollectionId};
use crate::kernel::money::Currency;
use crate::kernel::patch::Patch;
use crate::workflows::products::{
    ImageSpec, OptionSpec, PriceSpec, ProductEditing, ProductEditingError, ProductSpec, VariantSpec,
};

/// The number of products per transaction.
const BATCH: usize = 500;
/// The prefix of handles.
const PREFIX: &str = "sample-";

const LOOKS: [&str; 12] = [
    "Plain", "Sturdy", "Quiet", "Generous", "Slender", "Everyday", "Travel", "Garden", "Winter", "Folding", "Nesting",
    "Little",
];
const MATERIALS: [&str; 10] =
    ["Oak", "Linen", "Enamel", "Stoneware", "Brass", "Wool", "Beech", "Canvas", "Copper", "Cork"];
/// Product types, each with its category.
const KINDS: [(&str, &str); 12] = [
    ("Mug", "Kitchen"),
    ("Tray", "Kitchen"),
    ("Bowl", "Kitchen"),
    ("Apron", "Workshop"),
    ("Stool", "Workshop"),
    ("Toolbox", "Workshop"),
    ("Planter", "Garden"),
    ("Basket", "Garden"),
    ("Blanket", "Home"),
    ("Lamp", "Home"),
    ("Notebook", "Paper"),
    ("Folder", "Paper"),
];
const VENDORS: [&str; 8] = [
    "Hallow & Sons",
    "Wren Hill",
    "Tansy & Thread",
    "North Quay",
    "Old Mill",
    "Fennel Works",
    "Brook Street",
    "Ash & Iron",
];
const TAGS: [&str; 10] =
    ["handmade", "gift", "new", "bestseller", "recycled", "outdoor", "limited", "classic", "repairable", "local"];
const COLLECTIONS: [&str; 6] =
    ["Sample: Spring", "Sample: Summer", "Sample: Autumn", "Sample: Winter", "Sample: Gifts", "Sample: Last chance"];
const SIZES: [&str; 4] = ["Small", "Medium", "Large", "Extra large"];
/// Images of the demo shop.
const IMAGES: [&str; 12] = [
    "stoneware-mug",
    "chopping-board",
    "tea-towel",
    "workshop-apron-canvas",
    "folding-rule",
    "tool-roll",
    "terracotta-pot",
    "watering-can",
    "bench-lamp-sage",
    "beeswax-candles",
    "field-notebook",
    "fountain-pen",
];

/// Creates `count` products of four variants each, with prices in these currencies. Calls `progress` with the number
/// created so far. Returns the shop's number of sample products.
pub async fn seed(
    db: &Db,
    products: &ProductEditing,
    count: usize,
    currencies: &[Currency],
    progress: impl Fn(usize),
) -> Result<u64, ProductEditingError> {
    let first = {
        let conn = db.conn().await?;
        highest(&conn).await? + 1
    };
    let shelves = shelves(db, products).await?;
    let mut done = 0;
    while done < count {
        let size = BATCH.min(count - done);
        let numbers = (first + done as u64)..(first + (done + size) as u64);
        let tx = db.begin().await?;
        products.create_in(&tx, numbers.map(|number| sample(number, &shelves, currencies)).collect()).await?;
        tx.commit().await?;
        done += size;
        progress(done);
    }
    Ok(first + count as u64 - 1)
}

/// The categories of the product types, and the collections, in order.
struct SampleTaxonomy {
    categories: Vec<Option<CategoryId>>,
    collections: Vec<CollectionId>,
}

async fn shelves(db: &Db, products: &ProductEditing) -> Result<SampleTaxonomy, ProductEditingError> {
    let tx = db.begin().await?;
    let mut shelves = SampleTaxonomy { categories: Vec::new(), collections: Vec::new() };
    for (_, category) in KINDS {
        let path = ["Samples", category].map(str::to_owned);
        shelves.categories.push(products.catalog.find_or_create_category_in(&tx, &path).await?);
    }
    for title in COLLECTIONS {
        shelves.collections.push(products.catalog.find_or_create_collection_in(&tx, title).await?);
    }
    tx.commit().await?;
    Ok(shelves)
}

#[derive(diesel::QueryableByName)]
struct Highest {
    #[diesel(sql_type = Nullable<BigInt>)]
    number: Option<i64>,
}

/// The highest existing number, or 0. Only seeding needs it, so it is not part of the catalog.
async fn highest(mut conn: &Conn) -> db::Result<u64> {
    let sql = "SELECT max(substring(handle FROM 8)::bigint) AS number FROM products \
               WHERE handle ~ '^sample-[0-9]{1,15}$'";
    let highest: Highest = diesel::sql_query(sql).get_result(&mut conn).await?;
    Ok(highest.number.and_then(|number| u64::try_from(number).ok()).unwrap_or(0))
}

fn sample(number: u64, shelves: &SampleTaxonomy, currencies: &[Currency]) -> ProductSpec {
    let mut dice = SampleRng(number);
    let (kind, _) = KINDS[dice.roll(KINDS.len())];
    let kind_place = KINDS.iter().position(|(name, _)| *name == kind).unwrap_or(0);
    let (look, material) = (LOOKS[dice.roll(LOOKS.len())], MATERIALS[dice.roll(MATERIALS.len())]);
    let title = format!("{look} {material} {kind} {number}");
    let tags = [dice.roll(TAGS.len()), dice.roll(TAGS.len()), dice.roll(TAGS.len())];
    let image = |place: usize| ImageSpec {
        url: format!("/demo/images/{}.svg", IMAGES[(kind_place + place) % IMAGES.len()]),
        alt: title.clone(),
    };
    let cents = 500 + 50 * i64::try_from(dice.roll(400)).unwrap_or(0);
    let reduced = dice.roll(5) == 0;
    ProductSpec {
        handle: Some(format!("{PREFIX}{number}")),
        details: ProductDetails {
            description_html: Some(format!(
                "<p>A {} {} of {}, number {number} of a series that exists to fill shelves.</p><p>Made to be measured.</p>",
                look.to_lowercase(),
                kind.to_lowercase(),
                material.to_lowercase(),
            )),
            vendor: Some(VENDORS[dice.roll(VENDORS.len())].to_owned()),
            product_type: Some(kind.to_owned()),
            tags: Some(tags.map(|tag| TAGS[tag].to_owned()).to_vec()),
            category_id: shelves.categories[kind_place].map_or(Patch::Keep, Patch::Set),
            ..ProductDetails::default()
        },
        collection_ids: vec![shelves.collections[dice.roll(COLLECTIONS.len())]],
        publish: true,
        options: vec![OptionSpec { name: "Size".to_owned(), values: SIZES.map(str::to_owned).to_vec() }],
        images: vec![image(0), image(1)],
        variants: (0..SIZES.len()).map(|size| variant(number, size, cents, reduced, currencies, &mut dice)).collect(),
        title,
    }
}

fn variant(
    number: u64,
    size: usize,
    cents: i64,
    reduced: bool,
    currencies: &[Currency],
    dice: &mut SampleRng,
) -> VariantSpec {
    let dearer = i64::try_from(size).unwrap_or(0);
    let cents = cents + 250 * dearer;
    let price = |currency: &Currency| PriceSpec {
        currency: *currency,
        amount: amount(cents, *currency).into(),
        compare_at_price: reduced.then(|| amount(cents + cents / 4, *currency).into()),
    };
    VariantSpec {
        option_values: vec![SIZES[size].to_owned()],
        sku: Some(format!("SAMPLE-{number}-{size}")),
        weight_grams: Some(200 + 150 * i32::try_from(size).unwrap_or(0)),
        stock: 40 + i32::try_from(dice.roll(21)).unwrap_or(0),
        prices: currencies.iter().map(price).collect(),
        ..VariantSpec::default()
    }
}

/// A price of `cents`; in a currency without decimals, of `cents` units.
fn amount(cents: i64, currency: Currency) -> Decimal {
    match currency.digits() {
        0 => Decimal::from(cents),
        _ => currency.round(Decimal::new(cents, 2)),
    }
}

/// A pseudorandom generator, seeded with a number (SplitMix64).
struct SampleRng(u64);

impl SampleRng {
    /// Returns a number from 0 to `sides` - 1.
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((bits ^ (bits >> 31)) % sides as u64).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::{IMAGES, KINDS, SampleTaxonomy, sample};
    use crate::kernel::ids::CollectionId;

    fn shelves() -> SampleTaxonomy {
        SampleTaxonomy {
            categories: vec![None; KINDS.len()],
            collections: [(); 6].map(|()| CollectionId::new()).to_vec(),
        }
    }

    #[test]
    fn a_number_always_gives_the_same_product() {
        let (shelves, currencies) = (shelves(), ["EUR", "JPY", "KWD"].map(|code| code.parse().unwrap()));
        let spec = sample(7, &shelves, &currencies);
        assert_eq!(spec, sample(7, &shelves, &currencies));
        assert_ne!(spec.title, sample(8, &shelves, &currencies).title);
        assert_eq!((spec.variants.len(), spec.variants[0].prices.len(), spec.images.len()), (4, 3, 2));
    }

    #[test]
    fn the_pictures_are_the_demo_shop_s() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/workflows/demo/images");
        for name in IMAGES {
            assert!(std::path::Path::new(folder).join(format!("{name}.svg")).exists(), "{name}");
        }
    }
}
