// @generated automatically by Diesel CLI.

pub mod sql_types {
    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "tsvector", schema = "pg_catalog"))]
    pub struct Tsvector;
}

diesel::table! {
    campaigns (id) {
        id -> Uuid,
        name -> Text,
        description -> Text,
        starts_at -> Nullable<Timestamptz>,
        ends_at -> Nullable<Timestamptz>,
        budget_kind -> Nullable<Text>,
        budget_limit -> Nullable<Numeric>,
        budget_currency -> Nullable<Text>,
        budget_used -> Numeric,
        version -> Int4,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    cart_lines (id) {
        id -> Uuid,
        cart_id -> Uuid,
        variant_id -> Uuid,
        attributes -> Jsonb,
        quantity -> Int4,
        unit_price -> Nullable<Numeric>,
        requires_shipping -> Bool,
        includes_tax -> Bool,
        compare_at_price -> Nullable<Numeric>,
        price_list -> Nullable<Text>,
        min_quantity -> Nullable<Int4>,
        override_price -> Nullable<Numeric>,
        override_reason -> Nullable<Text>,
        taxes -> Jsonb,
        discounts -> Jsonb,
    }
}

diesel::table! {
    carts (id) {
        id -> Uuid,
        channel_id -> Uuid,
        region_id -> Uuid,
        customer_id -> Nullable<Uuid>,
        currency -> Text,
        prices_include_tax -> Bool,
        tax_rounding -> Text,
        email -> Nullable<Text>,
        note -> Text,
        shipping_address -> Nullable<Jsonb>,
        billing_address -> Nullable<Jsonb>,
        shipping_option_id -> Nullable<Uuid>,
        shipping_name -> Nullable<Text>,
        shipping_amount -> Nullable<Numeric>,
        order_id -> Nullable<Uuid>,
        version -> Int4,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        country -> Nullable<Text>,
        codes -> Array<Text>,
        promotions -> Jsonb,
        shipping_discounts -> Jsonb,
        shipping_taxes -> Jsonb,
        shipping_tax -> Text,
        tax_exempt -> Bool,
        tax_quote -> Text,
        completing_run_id -> Nullable<Uuid>,
    }
}

diesel::table! {
    categories (id) {
        id -> Uuid,
        parent_id -> Nullable<Uuid>,
        handle -> Text,
        name -> Text,
        path -> Array<Uuid>,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    collection_products (collection_id, product_id) {
        collection_id -> Uuid,
        product_id -> Uuid,
    }
}

diesel::table! {
    collections (id) {
        id -> Uuid,
        handle -> Text,
        title -> Text,
        description_html -> Text,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    currency_preferences (currency) {
        currency -> Text,
        prices_include_tax -> Bool,
    }
}

diesel::table! {
    customer_addresses (id) {
        id -> Uuid,
        customer_id -> Uuid,
        address -> Jsonb,
        default_shipping -> Bool,
        default_billing -> Bool,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    customer_group_members (group_id, customer_id) {
        group_id -> Uuid,
        customer_id -> Uuid,
    }
}

diesel::table! {
    customer_groups (id) {
        id -> Uuid,
        name -> Text,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    customers (id) {
        id -> Uuid,
        email -> Text,
        first_name -> Text,
        last_name -> Text,
        phone -> Nullable<Text>,
        password_hash -> Text,
        version -> Int4,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        tax_exempt -> Bool,
        tax_exempt_reason -> Text,
    }
}

diesel::table! {
    events (seq) {
        seq -> Int8,
        kind -> Text,
        subject_id -> Uuid,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    fulfillment_lines (fulfillment_id, order_line_id) {
        fulfillment_id -> Uuid,
        order_line_id -> Uuid,
        quantity -> Int4,
    }
}

diesel::table! {
    fulfillments (id) {
        id -> Uuid,
        order_id -> Uuid,
        created_at -> Timestamptz,
        status -> Text,
        stock -> Jsonb,
        updated_at -> Timestamptz,
        shipped_at -> Nullable<Timestamptz>,
        delivered_at -> Nullable<Timestamptz>,
        canceled_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    inventory_items (id) {
        id -> Uuid,
        sku -> Nullable<Text>,
        title -> Text,
        tracked -> Bool,
        backorder_limit -> Int4,
        version -> Int4,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    order_lines (id) {
        id -> Uuid,
        order_id -> Uuid,
        position -> Int4,
        variant_id -> Nullable<Uuid>,
        product_id -> Nullable<Uuid>,
        product_title -> Text,
        variant_title -> Text,
        sku -> Nullable<Text>,
        image_url -> Nullable<Text>,
        attributes -> Jsonb,
        quantity -> Int4,
        fulfilled_quantity -> Int4,
        unit_price -> Numeric,
        net -> Numeric,
        tax -> Numeric,
        includes_tax -> Bool,
        compare_at_price -> Nullable<Numeric>,
        price_list -> Nullable<Text>,
        min_quantity -> Nullable<Int4>,
        override_reason -> Nullable<Text>,
        discount_net -> Numeric,
        discount_tax -> Numeric,
        taxes -> Jsonb,
        discounts -> Jsonb,
        components -> Jsonb,
        backordered -> Int4,
        canceled_quantity -> Int4,
        awaiting_quantity -> Int4,
        delivered_quantity -> Int4,
    }
}

diesel::table! {
    order_timeline (id) {
        id -> Uuid,
        order_id -> Uuid,
        kind -> Text,
        message -> Text,
        data -> Jsonb,
        staff_id -> Nullable<Uuid>,
        customer_visible -> Bool,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    orders (id) {
        id -> Uuid,
        channel_id -> Uuid,
        number -> Int8,
        cart_id -> Uuid,
        customer_id -> Nullable<Uuid>,
        region_id -> Nullable<Uuid>,
        email -> Text,
        currency -> Text,
        prices_include_tax -> Bool,
        tax_rounding -> Text,
        note -> Text,
        shipping_address -> Nullable<Jsonb>,
        billing_address -> Nullable<Jsonb>,
        shipping_name -> Nullable<Text>,
        subtotal_net -> Numeric,
        subtotal_tax -> Numeric,
        shipping_net -> Numeric,
        shipping_tax -> Numeric,
        total_gross -> Numeric,
        status -> Text,
        cancel_reason -> Nullable<Text>,
        version -> Int4,
        placed_at -> Timestamptz,
        updated_at -> Timestamptz,
        canceled_at -> Nullable<Timestamptz>,
        discount_net -> Numeric,
        discount_tax -> Numeric,
        tax_exempt -> Bool,
        hold_reason -> Nullable<Text>,
        completed_at -> Nullable<Timestamptz>,
        archived_at -> Nullable<Timestamptz>,
        pricing -> Jsonb,
    }
}

diesel::table! {
    payment_customers (customer_id, provider) {
        customer_id -> Uuid,
        provider -> Text,
        reference -> Text,
    }
}

diesel::table! {
    payment_sessions (id) {
        id -> Uuid,
        cart_id -> Uuid,
        provider -> Text,
        currency -> Text,
        amount -> Numeric,
        cart_version -> Int4,
        status -> Text,
        reference -> Text,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        customer_id -> Nullable<Uuid>,
        data -> Jsonb,
        action -> Nullable<Jsonb>,
        failure -> Nullable<Jsonb>,
        return_url -> Nullable<Text>,
        expires_at -> Timestamptz,
        poll_at -> Timestamptz,
    }
}

diesel::table! {
    payment_webhook_events (id) {
        id -> Uuid,
        provider -> Text,
        event_id -> Text,
        kind -> Text,
        reference -> Text,
        payload -> Jsonb,
        status -> Text,
        problem -> Nullable<Text>,
        received_at -> Timestamptz,
        applied_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    payments (id) {
        id -> Uuid,
        order_id -> Nullable<Uuid>,
        session_id -> Nullable<Uuid>,
        provider -> Text,
        reference -> Text,
        currency -> Text,
        authorized -> Numeric,
        captured -> Numeric,
        voided -> Numeric,
        refunded -> Numeric,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        charged_back -> Numeric,
        pending_authorize -> Numeric,
        pending_capture -> Numeric,
        pending_void -> Numeric,
        pending_refund -> Numeric,
        version -> Int4,
    }
}

diesel::table! {
    price_contexts (id) {
        id -> Uuid,
        currency -> Text,
        rules -> Array<Text>,
        prices_include_tax -> Bool,
        tax_rate -> Numeric,
        ready -> Bool,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    price_list_periods (price_list_id, starts_at) {
        price_list_id -> Uuid,
        starts_at -> Timestamptz,
        ends_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    price_lists (id) {
        id -> Uuid,
        name -> Text,
        description -> Text,
        kind -> Text,
        status -> Text,
        starts_at -> Nullable<Timestamptz>,
        ends_at -> Nullable<Timestamptz>,
        region_ids -> Array<Uuid>,
        countries -> Array<Text>,
        customer_group_ids -> Array<Uuid>,
        channel_ids -> Array<Uuid>,
        version -> Int4,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    price_overrides (id) {
        id -> Uuid,
        cart_id -> Uuid,
        line_id -> Uuid,
        variant_id -> Uuid,
        staff_id -> Uuid,
        currency -> Text,
        before -> Nullable<Numeric>,
        after -> Nullable<Numeric>,
        reason -> Text,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    price_rule_values (value) {
        value -> Text,
    }
}

diesel::table! {
    prices (id) {
        variant_id -> Uuid,
        currency -> Text,
        amount -> Numeric,
        compare_at_price -> Nullable<Numeric>,
        id -> Uuid,
        price_list_id -> Nullable<Uuid>,
        min_quantity -> Int4,
        max_quantity -> Nullable<Int4>,
        region_id -> Nullable<Uuid>,
        country -> Nullable<Text>,
        customer_group_id -> Nullable<Uuid>,
        channel_id -> Nullable<Uuid>,
        valid_from -> Timestamptz,
        valid_until -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    product_images (id) {
        id -> Uuid,
        product_id -> Uuid,
        url -> Text,
        alt -> Text,
        position -> Int4,
    }
}

diesel::table! {
    product_options (id) {
        id -> Uuid,
        product_id -> Uuid,
        name -> Text,
        position -> Int4,
        choices -> Array<Text>,
    }
}

diesel::table! {
    product_price_index (product_id, context_id, valid_from) {
        context_id -> Uuid,
        product_id -> Uuid,
        valid_from -> Timestamptz,
        valid_until -> Timestamptz,
        min_amount -> Numeric,
        max_amount -> Numeric,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::sql_types::Tsvector;

    products (id) {
        id -> Uuid,
        handle -> Text,
        title -> Text,
        description_html -> Text,
        vendor -> Text,
        product_type -> Text,
        tags -> Array<Text>,
        category_id -> Nullable<Uuid>,
        seo_title -> Text,
        seo_description -> Text,
        published_at -> Nullable<Timestamptz>,
        version -> Int4,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        search -> Tsvector,
        tax_class_id -> Nullable<Uuid>,
    }
}

diesel::table! {
    promotion_codes (id) {
        id -> Uuid,
        promotion_id -> Uuid,
        code -> Text,
        code_key -> Text,
        usage_limit -> Nullable<Int4>,
        used -> Int4,
        revoked_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    promotion_usages (id) {
        id -> Uuid,
        promotion_id -> Uuid,
        code_id -> Nullable<Uuid>,
        campaign_id -> Nullable<Uuid>,
        cart_id -> Uuid,
        order_id -> Uuid,
        customer_id -> Nullable<Uuid>,
        email -> Text,
        currency -> Text,
        amount -> Numeric,
        state -> Text,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    promotions (id) {
        id -> Uuid,
        campaign_id -> Nullable<Uuid>,
        title -> Text,
        description -> Text,
        status -> Text,
        automatic -> Bool,
        priority -> Int4,
        exclusive -> Bool,
        combines_with -> Array<Text>,
        conditions -> Jsonb,
        effects -> Jsonb,
        starts_at -> Nullable<Timestamptz>,
        ends_at -> Nullable<Timestamptz>,
        usage_limit -> Nullable<Int4>,
        customer_usage_limit -> Nullable<Int4>,
        returned_on_cancel -> Bool,
        used -> Int4,
        version -> Int4,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    refunds (id) {
        id -> Uuid,
        order_id -> Uuid,
        currency -> Text,
        amount -> Numeric,
        reason -> Text,
        created_by -> Nullable<Uuid>,
        created_at -> Timestamptz,
        goodwill -> Numeric,
    }
}

diesel::table! {
    region_countries (country) {
        country -> Text,
        region_id -> Uuid,
    }
}

diesel::table! {
    regions (id) {
        id -> Uuid,
        name -> Text,
        currency -> Text,
        tax_rate -> Numeric,
        prices_include_tax -> Bool,
        tax_rounding -> Text,
        version -> Int4,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        shipping_tax -> Text,
    }
}

diesel::table! {
    sales_channels (id) {
        id -> Uuid,
        name -> Text,
        publishable_key -> Text,
        default_region_id -> Nullable<Uuid>,
        last_order_number -> Int8,
        created_at -> Timestamptz,
        stock_allocation -> Text,
        cart_holds -> Bool,
    }
}

diesel::table! {
    saved_payment_methods (id) {
        id -> Uuid,
        customer_id -> Uuid,
        provider -> Text,
        reference -> Text,
        brand -> Text,
        last4 -> Text,
        expires -> Nullable<Text>,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    sessions (id) {
        id -> Uuid,
        subject_kind -> Text,
        subject_id -> Uuid,
        refresh_hash -> Bytea,
        created_at -> Timestamptz,
        expires_at -> Timestamptz,
    }
}

diesel::table! {
    shipments (id) {
        id -> Uuid,
        fulfillment_id -> Uuid,
        tracking_number -> Text,
        tracking_url -> Text,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    shipping_options (id) {
        id -> Uuid,
        region_id -> Uuid,
        name -> Text,
        description -> Text,
        amount -> Numeric,
        position -> Int4,
        active -> Bool,
        created_at -> Timestamptz,
        tax_class_id -> Nullable<Uuid>,
    }
}

diesel::table! {
    staff (id) {
        id -> Uuid,
        email -> Text,
        name -> Text,
        password_hash -> Text,
        permissions -> Array<Text>,
        active -> Bool,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    stock_alerts (id) {
        id -> Uuid,
        variant_id -> Uuid,
        email -> Text,
        created_at -> Timestamptz,
        notified_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    stock_levels (item_id, location_id) {
        location_id -> Uuid,
        stocked -> Int4,
        reserved -> Int4,
        item_id -> Uuid,
        backorder_limit -> Int4,
    }
}

diesel::table! {
    stock_locations (id) {
        id -> Uuid,
        name -> Text,
        position -> Int4,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    stock_movements (id) {
        id -> Uuid,
        location_id -> Uuid,
        kind -> Text,
        stocked_delta -> Int4,
        reserved_delta -> Int4,
        reason -> Text,
        order_id -> Nullable<Uuid>,
        created_at -> Timestamptz,
        item_id -> Uuid,
    }
}

diesel::table! {
    stock_reservations (id) {
        location_id -> Uuid,
        quantity -> Int4,
        id -> Uuid,
        kind -> Text,
        order_id -> Nullable<Uuid>,
        cart_id -> Nullable<Uuid>,
        item_id -> Uuid,
        expires_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    tax_classes (id) {
        id -> Uuid,
        name -> Text,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    tax_rates (id) {
        id -> Uuid,
        tax_region_id -> Uuid,
        tax_class_id -> Nullable<Uuid>,
        name -> Text,
        code -> Text,
        rate -> Numeric,
        compound -> Bool,
        position -> Int4,
        starts_at -> Nullable<Timestamptz>,
        ends_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    tax_regions (id) {
        id -> Uuid,
        name -> Text,
        country -> Text,
        province -> Nullable<Text>,
        postcodes -> Nullable<Text>,
        overrides_parent -> Bool,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    transaction_events (id) {
        id -> Uuid,
        payment_id -> Uuid,
        kind -> Text,
        result -> Text,
        amount -> Numeric,
        reference -> Text,
        key -> Text,
        message -> Text,
        source -> Text,
        staff_id -> Nullable<Uuid>,
        refund_id -> Nullable<Uuid>,
        occurred_at -> Timestamptz,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    variant_items (variant_id, item_id) {
        variant_id -> Uuid,
        item_id -> Uuid,
        quantity -> Int4,
    }
}

diesel::table! {
    variants (id) {
        id -> Uuid,
        product_id -> Uuid,
        title -> Text,
        sku -> Nullable<Text>,
        barcode -> Nullable<Text>,
        option_values -> Array<Text>,
        position -> Int4,
        weight_grams -> Nullable<Int4>,
        requires_shipping -> Bool,
        taxable -> Bool,
        image_id -> Nullable<Uuid>,
        version -> Int4,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    workflow_runs (id) {
        id -> Uuid,
        workflow -> Text,
        key -> Text,
        subject -> Text,
        state -> Jsonb,
        status -> Text,
        undoing -> Bool,
        step -> Text,
        attempt -> Int4,
        called -> Bool,
        signals -> Int4,
        error -> Nullable<Jsonb>,
        lease_owner -> Nullable<Uuid>,
        lease_until -> Nullable<Timestamptz>,
        due_at -> Nullable<Timestamptz>,
        version -> Int4,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        finished_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    workflow_steps (run_id, position) {
        run_id -> Uuid,
        position -> Int4,
        name -> Text,
        status -> Text,
        called -> Bool,
        written -> Bool,
        attempts -> Int4,
        error -> Nullable<Jsonb>,
        started_at -> Nullable<Timestamptz>,
        finished_at -> Nullable<Timestamptz>,
        undone_at -> Nullable<Timestamptz>,
    }
}

diesel::joinable!(cart_lines -> carts (cart_id));
diesel::joinable!(cart_lines -> variants (variant_id));
diesel::joinable!(carts -> customers (customer_id));
diesel::joinable!(carts -> regions (region_id));
diesel::joinable!(carts -> sales_channels (channel_id));
diesel::joinable!(collection_products -> collections (collection_id));
diesel::joinable!(collection_products -> products (product_id));
diesel::joinable!(customer_addresses -> customers (customer_id));
diesel::joinable!(customer_group_members -> customer_groups (group_id));
diesel::joinable!(customer_group_members -> customers (customer_id));
diesel::joinable!(fulfillment_lines -> fulfillments (fulfillment_id));
diesel::joinable!(fulfillment_lines -> order_lines (order_line_id));
diesel::joinable!(fulfillments -> orders (order_id));
diesel::joinable!(order_lines -> orders (order_id));
diesel::joinable!(order_lines -> products (product_id));
diesel::joinable!(order_lines -> variants (variant_id));
diesel::joinable!(order_timeline -> orders (order_id));
diesel::joinable!(orders -> customers (customer_id));
diesel::joinable!(orders -> regions (region_id));
diesel::joinable!(orders -> sales_channels (channel_id));
diesel::joinable!(payment_customers -> customers (customer_id));
diesel::joinable!(payments -> payment_sessions (session_id));
diesel::joinable!(price_list_periods -> price_lists (price_list_id));
diesel::joinable!(prices -> customer_groups (customer_group_id));
diesel::joinable!(prices -> price_lists (price_list_id));
diesel::joinable!(prices -> regions (region_id));
diesel::joinable!(prices -> sales_channels (channel_id));
diesel::joinable!(prices -> variants (variant_id));
diesel::joinable!(product_images -> products (product_id));
diesel::joinable!(product_options -> products (product_id));
diesel::joinable!(product_price_index -> price_contexts (context_id));
diesel::joinable!(product_price_index -> products (product_id));
diesel::joinable!(products -> categories (category_id));
diesel::joinable!(products -> tax_classes (tax_class_id));
diesel::joinable!(promotion_codes -> promotions (promotion_id));
diesel::joinable!(promotion_usages -> campaigns (campaign_id));
diesel::joinable!(promotion_usages -> promotion_codes (code_id));
diesel::joinable!(promotion_usages -> promotions (promotion_id));
diesel::joinable!(promotions -> campaigns (campaign_id));
diesel::joinable!(region_countries -> regions (region_id));
diesel::joinable!(sales_channels -> regions (default_region_id));
diesel::joinable!(saved_payment_methods -> customers (customer_id));
diesel::joinable!(shipments -> fulfillments (fulfillment_id));
diesel::joinable!(shipping_options -> regions (region_id));
diesel::joinable!(shipping_options -> tax_classes (tax_class_id));
diesel::joinable!(stock_alerts -> variants (variant_id));
diesel::joinable!(stock_levels -> stock_locations (location_id));
diesel::joinable!(stock_reservations -> carts (cart_id));
diesel::joinable!(tax_rates -> tax_classes (tax_class_id));
diesel::joinable!(tax_rates -> tax_regions (tax_region_id));
diesel::joinable!(transaction_events -> payments (payment_id));
diesel::joinable!(transaction_events -> refunds (refund_id));
diesel::joinable!(variant_items -> inventory_items (item_id));
diesel::joinable!(variant_items -> variants (variant_id));
diesel::joinable!(variants -> product_images (image_id));
diesel::joinable!(variants -> products (product_id));
diesel::joinable!(workflow_steps -> workflow_runs (run_id));

diesel::allow_tables_to_appear_in_same_query!(
    campaigns,
    cart_lines,
    carts,
    categories,
    collection_products,
    collections,
    currency_preferences,
    customer_addresses,
    customer_group_members,
    customer_groups,
    customers,
    events,
    fulfillment_lines,
    fulfillments,
    inventory_items,
    order_lines,
    order_timeline,
    orders,
    payment_customers,
    payment_sessions,
    payment_webhook_events,
    payments,
    price_contexts,
    price_list_periods,
    price_lists,
    price_overrides,
    price_rule_values,
    prices,
    product_images,
    product_options,
    product_price_index,
    products,
    promotion_codes,
    promotion_usages,
    promotions,
    refunds,
    region_countries,
    regions,
    sales_channels,
    saved_payment_methods,
    sessions,
    shipments,
    shipping_options,
    staff,
    stock_alerts,
    stock_levels,
    stock_locations,
    stock_movements,
    stock_reservations,
    tax_classes,
    tax_rates,
    tax_regions,
    transaction_events,
    variant_items,
    variants,
    workflow_runs,
    workflow_steps,
);
