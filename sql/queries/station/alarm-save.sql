-- SPDX-License-Identifier: Apache-2.0
-- Saves an alarm as it stands now. A state that is not newer than the saved one changes nothing.
-- in: id s, rule s, subject s, severity s, state s, raised_at_us i, over i, transitions i, object s, record s
-- out: nothing
INSERT INTO alarm (id, rule, subject, severity, state, raised_at_us, over, transitions, object, record)
VALUES (:id, :rule, :subject, :severity, :state, :raised_at_us, :over, :transitions, :object, :record)
ON CONFLICT (id) DO UPDATE SET
    severity = excluded.severity, state = excluded.state, over = excluded.over,
    transitions = excluded.transitions, object = excluded.object, record = excluded.record
WHERE excluded.transitions > alarm.transitions;
