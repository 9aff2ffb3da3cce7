//! Tests with files as merchants have them.

use std::io::{self, Read};

use super::{ImportEntry, MAX_IMAGES, MAX_VARIANTS, ShopifyProduct, ShopifyReader};

const HEAD: &str = "Handle,Title,Option1 Name,Option1 Value,Variant Price,Image Src\n";

fn read(csv: impl AsRef<[u8]>) -> Vec<ImportEntry> {
    ShopifyReader::new(csv.as_ref()).expect("a good header").collect()
}

fn product(csv: &str) -> ShopifyProduct {
    match read(csv).as_slice() {
        [ImportEntry::Product(product)] => product.clone(),
        other => panic!("{other:#?}"),
    }
}

/// Outlines a file: `handle` for a product, `handle!line,line` for a skipped one, `+` before a continuation.
fn outline(csv: impl AsRef<[u8]>) -> String {
    let told = read(csv).into_iter().map(|entry| match entry {
        ImportEntry::Product(product) => format!("{}{}", if product.continuation { "+" } else { "" }, product.handle),
        ImportEntry::Skipped { handle, problems } => {
            let lines: Vec<String> = problems.iter().map(|problem| problem.line.to_string()).collect();
            format!("{}!{}", handle.unwrap_or_default(), lines.join(","))
        }
    });
    told.collect::<Vec<_>>().join(" ")
}

fn complaint(csv: &str) -> String {
    let entries = read(csv);
    let [ImportEntry::Skipped { problems, .. }] = entries.as_slice() else { panic!("{entries:#?}") };
    let told = problems.iter().map(|it| format!("{}: {}", it.column.as_deref().unwrap_or("-"), it.message));
    told.collect::<Vec<_>>().join("; ")
}

#[test]
fn every_field_arrives_in_its_unit() {
    let product = product(
        "Handle,Title,Tags,Published,Status,Product Category,Google Shopping / Google Product Category,Option1 Name,\
         Option1 Value,Option2 Name,Option2 Value,Variant SKU,Variant Grams,Variant Inventory Tracker,\
         Variant Inventory Qty,Variant Inventory Policy,Variant Price,Variant Compare At Price,Variant Taxable,\
         Variant Image,Image Src,Image Position,Image Alt Text,Price / EUR,Compare-at price / eur,Price / International\n\
         mug,Mug,\"Tea, tea,,Kitchen\",TRUE,active,,Home > Kitchen,Size,Small,Colour,Red,'0012,340.5,shopify,-3,continue,\
         12.50,15,false,b.jpg,c.jpg,2,Side,11.90,14,9\n\
         mug,,,,,,,,Large,,Red,,,,,deny,14,14,true,a.jpg,a.jpg,1,,,12,\n\
         mug,,,,,,,,,,,,,,,,,,,,a.jpg,3,Front,,,\n",
    );
    assert_eq!((product.tags.join("|"), product.category.join("|")), ("Tea|Kitchen".into(), "Home|Kitchen".into()));
    let options = product.options.iter().map(|it| format!("{}={}", it.name, it.values.join("|")));
    assert_eq!(options.collect::<Vec<_>>(), ["Size=Small|Large", "Colour=Red"]);
    let [small, large] = product.variants.as_slice() else { panic!("{product:#?}") };
    assert_eq!((small.sku.as_deref(), small.weight_grams, small.quantity), (Some("0012"), Some(341), -3));
    assert_eq!(
        (small.tracked, small.allow_backorder, small.requires_shipping, small.taxable),
        (true, true, true, false)
    );
    assert_eq!(
        (large.tracked, large.allow_backorder, large.requires_shipping, large.taxable),
        (false, false, true, true)
    );
    let prices = format!("{} {:?} {:?}", small.price, small.compare_at_price, small.prices);
    assert_eq!(prices, r#"12.50 Some(15) [("EUR", 11.90, Some(14))]"#);
    assert_eq!((large.line, large.compare_at_price, large.prices.len()), (3, None, 0));
    let images = product.images.iter().map(|it| format!("{} {:?} {:?}", it.src, it.alt, it.position));
    let expected = [r#"a.jpg Some("Front") Some(1)"#, r#"c.jpg Some("Side") Some(2)"#, "b.jpg None None"];
    assert_eq!(images.collect::<Vec<_>>(), expected);
}

#[test]
fn a_product_of_one_form_has_no_options() {
    for row in ["a,A,Title,Default Title,5,", "a,A,,,5,", "a,A,Title,,5,x.jpg\na,,,,,y.jpg"] {
        let product = product(&format!("{HEAD}{row}\n"));
        assert_eq!((product.options.len(), product.variants.len()), (0, 1), "{row}");
        assert!(product.published && product.variants[0].option_values.is_empty(), "{row}");
    }
}

#[test]
fn the_names_of_the_template_of_today_are_known() {
    let csv = "Title,URL HANDLE,Price,SKU,Product image URL,Inventory quantity,Status\nA,a,5,S1,x.jpg,7,Draft\n";
    let product = product(csv);
    assert_eq!((product.handle.as_str(), product.published, product.images.len()), ("a", false, 1));
    assert_eq!((product.variants[0].sku.as_deref(), product.variants[0].quantity), (Some("S1"), 7));
}

#[test]
fn a_bad_header_names_what_is_wrong() {
    for (csv, message) in [
        ("", "the file is empty"),
        ("\r\n\n", "the file is empty"),
        ("Vendor,Title\n", "the header has no column Handle, Variant Price: is the file a CSV in UTF-8, with commas?"),
        ("Handle,Title,Variant Price,title\n", "the header has the column title twice"),
    ] {
        let error = ShopifyReader::new(csv.as_bytes()).err().expect("a bad header");
        assert_eq!(error.to_string(), message);
    }
}

#[test]
fn a_bad_field_is_reported_with_its_column() {
    let amount = "is not an amount of 0 or more, written as 1234.50, with 4 decimals at most";
    for (rows, expected) in [
        ("a,A,,,$5,", format!("Variant Price: \"$5\" {amount}")),
        ("a,A,,,-5,", format!("Variant Price: \"-5\" {amount}")),
        ("a,A,,,5.00001,", format!("Variant Price: \"5.00001\" {amount}")),
        ("a,A,,,,", "Variant Price: required".into()),
        ("a,,,,5,", "Title: required in the first row of a product".into()),
        (",A,,,5,", "Handle: required".into()),
        ("a,A,,Red,5,", "Option1 Name: required, because the option has a value".into()),
        ("a,A,Colour,,5,", "Option1 Value: required: every variant has a value for every option".into()),
        ("a,A,,,5,\na,,,Red,5,", "Option1 Value: \"Red\" is a value of an option that has no name".into()),
        ("a,A,Size,S,5,\na,,,,6,", "Option1 Value: required: the row has a price or SKU, so it is a variant".into()),
        ("a,A,Size,S,5,\na,,,S,6,", "Option1 Value: line 2 has the same combination of options".into()),
        ("a,A,,,5", "-: the row has 5 fields where the header has 6".into()),
        ("a,A,,,5,x\0", "Image Src: not UTF-8 text: save the file as \"CSV UTF-8\"".into()),
    ] {
        assert_eq!(complaint(&format!("{HEAD}{rows}\n")), expected);
    }
}

#[test]
fn a_bad_row_skips_its_product_and_no_other() {
    for (rows, expected) in [
        ("a,A,,,5,\nb,B,,,x,\nc,C,,,5,", "a b!3 c"),
        ("a,A,Size\na,,,M,x,\na,,,L,y\nb,B,,,5,", "a!2,4 b"),
        ("a,A,Size,S,5,\na,,,M,x,\na,,,L,y,\nb,B,,,5,", "a!3,4 b"),
        ("a,A,,,5,\n,,,,,y.jpg\nb,B,,,5,", "a!3 b"),
        ("a,A,,,5,\n,,,,,\n , ,,,,\n\nb,B,,,5,", "a b"),
        ("a,A,,,5,\n,B,,,5,\nc,C,,,5,", "a !3 c"),
        // A truncated file.
        ("a,A,,,5,\nb,B,Size,S,5,\nb,,", "a b!4"),
        ("a,A,,,5,\nb,B,,,5,\"http", "a b!3"),
        ("a,A,,,5,\nb,\"B\n\n,,,5,x\nc,C,,,5,", "a b!3"),
        ("a,A,,,5,\nb,B 5\",,,5,\"x\"\"\"", "a b"),
        // A repeated handle.
        ("a,A,Size,S,5,\nb,B,,,x,\na,,,L,6,y.jpg\nb,,,,,z.jpg\na,,,,,w.jpg", "a b!3 +a b!5 +a"),
    ] {
        assert_eq!(outline(format!("{HEAD}{rows}")), expected, "{rows}");
    }
    let latin1 = [HEAD.as_bytes(), b"a,A,,,5,\nb,Caf\xE9,,,5,\nc,C,,,5,\n"].concat();
    assert_eq!(outline(latin1), "a b!3 c");
}

#[test]
fn line_numbers_hold_through_quoted_newlines_and_crlf() {
    let csv =
        "\u{feff}\"Handle\",Title,Variant Price\na,\"A\n\"\"one\"\",\n\ntwo\",5\n\"b\",B,\"x\"\nc,C,\"5\"\nd,D,y\n";
    for csv in [csv.to_owned(), csv.replace('\n', "\r\n")] {
        assert_eq!(outline(csv), "a b!6 c d!8");
    }
}

#[test]
fn too_much_is_a_problem_of_the_row_that_is_too_much() {
    let variants: String = (0..=MAX_VARIANTS).map(|at| format!("a,A,Size,{at},5,\n")).collect();
    assert_eq!(outline(format!("{HEAD}{variants}b,B,,,5,\n")), "a!2002 b");
    let images: String = (0..=MAX_IMAGES).map(|at| format!("a,,,,,{at}.jpg\n")).collect();
    assert_eq!(outline(format!("{HEAD}a,A,,,5,\n{images}b,B,,,5,\n")), "a!253 b");
    let entries = read(format!("{HEAD}a,A,,,5,\n{}", "a,,,,x,\n".repeat(3_000)));
    assert!(matches!(&entries[0], ImportEntry::Skipped { problems, .. } if problems.len() == 100));
}

#[test]
fn a_source_that_fails_ends_the_file_and_skips_the_product_at_hand() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("gone"))
        }
    }
    let csv = format!("{HEAD}a,A,,,5,\nb,B,,,5,\n");
    let entries: Vec<ImportEntry> = ShopifyReader::new(csv.as_bytes().chain(Broken)).expect("a good header").collect();
    assert!(
        matches!(&entries[1..], [ImportEntry::Skipped { handle: Some(handle), .. }] if handle == "b"),
        "{entries:#?}"
    );
    let endless = csv.as_bytes().chain(&b"c,\""[..]).chain(io::repeat(b'x'));
    let last = ShopifyReader::new(endless).expect("a good header").last();
    let Some(ImportEntry::Skipped { problems, .. }) = last else { panic!("{last:#?}") };
    assert!(problems[0].line == 4 && problems[0].message.contains("longer than 4 MB"), "{problems:#?}");
}
