UPDATE schools_succession s SET recorded_at = h.at
FROM (SELECT "row", min(at) AS at FROM schools_historyevent
      WHERE "table" = 'schools_succession' AND operation = 'I' GROUP BY "row") h
WHERE h."row" = s.id;
CREATE OR REPLACE TRIGGER guard_born_empty BEFORE INSERT ON schools_succession FOR EACH ROW WHEN (NEW.withdrawn_at IS NOT NULL) EXECUTE FUNCTION portal_refuse('schools_succession: born in a later state');
CREATE OR REPLACE TRIGGER guard_frozen BEFORE UPDATE ON schools_succession FOR EACH ROW WHEN ((true) AND (OLD.predecessor_id, OLD.successor_id, OLD."on", OLD.goes_on, OLD.recorded_at) IS DISTINCT FROM (NEW.predecessor_id, NEW.successor_id, NEW."on", NEW.goes_on, NEW.recorded_at)) EXECUTE FUNCTION portal_refuse('schools_succession: predecessor_id, successor_id, "on", goes_on, recorded_at cannot change any more');
CREATE OR REPLACE TRIGGER guard_once_withdrawn_at BEFORE UPDATE OF withdrawn_at ON schools_succession FOR EACH ROW WHEN (OLD.withdrawn_at IS NOT NULL AND NEW.withdrawn_at IS DISTINCT FROM OLD.withdrawn_at) EXECUTE FUNCTION portal_refuse('schools_succession: withdrawn_at is written once');
