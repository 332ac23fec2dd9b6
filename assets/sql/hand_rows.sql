-- What the student said since row $1 of lectern.hands.
SELECT h.hand_id, h.kind, h.message, (extract(epoch FROM h.said_at) * 1000000)::bigint AS said_us
  FROM lectern.hands h
 WHERE h.hand_id > $1::bigint
 ORDER BY h.hand_id
 LIMIT 200
