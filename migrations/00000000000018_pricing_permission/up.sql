-- Whoever may do everything may set prices and promotions too.
UPDATE staff SET permissions = array_append(permissions, 'PRICING')
WHERE permissions @> '{CATALOG,SETTINGS,STOCK,ORDERS,CUSTOMERS}' AND NOT permissions @> '{PRICING}';
