UPDATE staff SET permissions = array_remove(permissions, 'PRICING');
