-- The audit log is append-only for everybody but an owner who drops these triggers: rows are read and added, never changed.
create or replace function audit_event_is_append_only() returns trigger language plpgsql as $$
begin
  raise exception 'audit_event is append-only: % refused', tg_op using errcode = 'insufficient_privilege';
end $$;

create trigger audit_event_no_change before update or delete on audit_event
  for each row execute function audit_event_is_append_only();

-- TRUNCATE fires no row trigger.
create trigger audit_event_no_truncate before truncate on audit_event
  for each statement execute function audit_event_is_append_only();

-- A session in replica mode (session_replication_role) skips ordinary triggers, so these are always on.
alter table audit_event enable always trigger audit_event_no_change;
alter table audit_event enable always trigger audit_event_no_truncate;
