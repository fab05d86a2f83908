"""SQL that migrations use to put a table under row-level security, tie it by composite keys and make it append-only.

One way to do each, so that the catalogue tests can hold every table to it.
"""

from django.db.migrations.operations import RunSQL

MUNICIPALITY = "(SELECT nullif(current_setting('obolos.municipality', true), '')::bigint)"
PERSON = "(SELECT nullif(current_setting('obolos.person', true), '')::bigint)"

APP, LOOKUP, AUDIT = "obolos_app", "obolos_lookup", "obolos_audit"


def tenant_table(
    table: str,
    *,
    columns_person: bool = False,
    public_read: bool = False,
    append_only: bool = False,
    deletable: bool = False,
    root: bool = False,
    lookup: bool = False,
) -> RunSQL:
    """Put `table` under forced row-level security, and grant the application what it may do there.

    columns_person: the table has person_id, and that person may read his rows (SELECT only).
    public_read: everybody may read all rows (tariffs, calendars: published by law), writing stays the municipality's.
    append_only: no UPDATE and no DELETE for anybody, not even the owner.
    root: the table points straight at `municipality` (others reach it through composite keys).
    lookup: SECURITY DEFINER look-ups owned by obolos_lookup read this table.
    """
    grants = "SELECT, INSERT" + ("" if append_only else ", UPDATE") + (", DELETE" if deletable else "")
    sql = [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY {table}_municipality ON {table} USING (municipality_id = {MUNICIPALITY}) "
        f"WITH CHECK (municipality_id = {MUNICIPALITY})",
        f"CREATE POLICY {table}_audit ON {table} FOR SELECT TO {AUDIT} USING (true)",
        f"GRANT {grants} ON {table} TO {APP}",
        f"GRANT SELECT ON {table} TO {AUDIT}",
        f"ALTER TABLE {table} ADD CONSTRAINT {table}_tenant UNIQUE (municipality_id, id)",
    ]
    if columns_person:
        sql.append(f"CREATE POLICY {table}_person ON {table} FOR SELECT USING (person_id = {PERSON})")
    if public_read:
        sql.append(f"CREATE POLICY {table}_public ON {table} FOR SELECT USING (true)")
    if root:
        sql.append(
            f"ALTER TABLE {table} ADD CONSTRAINT {table}_of_municipality "
            "FOREIGN KEY (municipality_id) REFERENCES municipality (id)"
        )
    if lookup:
        sql.append(f"CREATE POLICY {table}_lookup ON {table} FOR SELECT TO {LOOKUP} USING (true)")
        sql.append(f"GRANT SELECT ON {table} TO {LOOKUP}")
    if append_only:
        sql.append(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION obolos_refuse_change()"
        )
    return RunSQL([(statement, None) for statement in sql], RunSQL.noop)


def tenant_key(table: str, column: str, target: str, *, deferred: bool = False) -> RunSQL:
    """Composite foreign key (municipality_id, column) → target (municipality_id, id): no row points across municipalities."""
    defer = " DEFERRABLE INITIALLY DEFERRED" if deferred else ""
    return RunSQL(
        f"ALTER TABLE {table} ADD CONSTRAINT {table}_{column}_tenant FOREIGN KEY (municipality_id, {column}) "
        f"REFERENCES {target} (municipality_id, id){defer}",
        RunSQL.noop,
    )


def lookup_function(
    name: str, arguments: str, returns: str, query: str, *, before: str = "", volatility: str = "STABLE"
) -> RunSQL:
    """A SECURITY DEFINER look-up owned by obolos_lookup: it resolves a reference to a municipality and an id, nothing
    more. `before`: a statement to run first. PL/pgSQL, because an SQL function is parsed and planned at every call."""
    signature = f"{name}({', '.join(part.split()[1] for part in arguments.split(', '))})"
    body = f"#variable_conflict use_column\nBEGIN {before + ';' if before else ''} RETURN QUERY {query}; END"
    return RunSQL(
        [
            f"CREATE FUNCTION {name}({arguments}) RETURNS {returns} LANGUAGE plpgsql {volatility} SECURITY DEFINER "
            f"SET search_path = pg_catalog, public, pg_temp AS $body${body}$body$",
            f"REVOKE EXECUTE ON FUNCTION {signature} FROM PUBLIC",
            f"GRANT EXECUTE ON FUNCTION {signature} TO {APP}",
            f"GRANT CREATE ON SCHEMA public TO {LOOKUP}",
            f"ALTER FUNCTION {signature} OWNER TO {LOOKUP}",
            f"REVOKE CREATE ON SCHEMA public FROM {LOOKUP}",
        ],
        RunSQL.noop,
    )
