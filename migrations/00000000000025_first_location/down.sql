-- The location goes only if nothing has ever been counted there: the version before works with it as well.
DELETE FROM stock_locations l WHERE l.name = 'Main warehouse'
    AND NOT EXISTS (SELECT FROM stock_levels s WHERE s.location_id = l.id)
    AND NOT EXISTS (SELECT FROM stock_movements m WHERE m.location_id = l.id);
