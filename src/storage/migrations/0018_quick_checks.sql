-- PostgreSQL reads the text of every CHECK of a table anew for each statement that writes to it, which took a fifth of
-- its time while products were indexed. Here the checks of the tables that every step writes become one call each of a
-- function, whose text a session reads once: the same conditions, over the same columns.
{postgres}
DO '
DECLARE
    name TEXT;
    holds TEXT;
    drop_old TEXT;
    parameters TEXT;
    columns TEXT;
BEGIN
    FOREACH name IN ARRAY ARRAY[''jobs'', ''tasks'', ''fan_outs'', ''images''] LOOP
        SELECT string_agg(format(''(%s)'', pg_get_expr(conbin, conrelid)), '' AND '' ORDER BY conname),
               string_agg(format(''DROP CONSTRAINT %I'', conname), '', '')
            INTO holds, drop_old FROM pg_constraint WHERE conrelid = CAST(name AS regclass) AND contype = ''c'';
        SELECT string_agg(format(''%I %s'', attname, format_type(atttypid, atttypmod)), '', '' ORDER BY attnum),
               string_agg(format(''%I'', attname), '', '' ORDER BY attnum)
            INTO parameters, columns FROM pg_attribute WHERE attrelid = CAST(name AS regclass) AND attnum IN
                (SELECT unnest(conkey) FROM pg_constraint WHERE conrelid = attrelid AND contype = ''c'');
        EXECUTE format(''CREATE FUNCTION %I(%s) RETURNS BOOLEAN LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS %L'',
                       name || ''_row_holds'', parameters, ''BEGIN RETURN '' || holds || ''; END'');
        EXECUTE format(''ALTER TABLE %I %s, ADD CONSTRAINT %I CHECK (%I(%s))'',
                       name, drop_old, name || ''_row_holds'', name || ''_row_holds'', columns);
    END LOOP;
END';
