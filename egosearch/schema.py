"""The statements of the catalogue's migrations, in the order in which they came; `egosearch.migrations` applies them.

One that has been released is never edited. The tables and columns carry their meaning as SQL comments: whoever opens
the file with DuckDB finds them in `duckdb_tables()` and `duckdb_columns()`.
"""

CREATE_TABLES = """
CREATE TABLE meta (key VARCHAR PRIMARY KEY, value VARCHAR NOT NULL);
COMMENT ON TABLE meta IS 'What the library remembers about itself.';

CREATE TABLE spaces (
    space_id VARCHAR PRIMARY KEY,
    modality VARCHAR NOT NULL,
    model VARCHAR NOT NULL,
    weights_digest VARCHAR NOT NULL,
    preprocessing VARCHAR NOT NULL,
    window_s DOUBLE NOT NULL,
    hop_s DOUBLE NOT NULL,
    dim INTEGER NOT NULL,
    layout VARCHAR NOT NULL,
    distance VARCHAR NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE spaces IS 'What makes two vectors comparable: one row for each way of embedding in use.';
COMMENT ON COLUMN spaces.space_id IS 'Digest of the other columns but created_at; names the vectors'' collection.';
COMMENT ON COLUMN spaces.modality IS 'audio, visual or speech.';

CREATE TABLE recordings (
    recording_id VARCHAR PRIMARY KEY,
    path VARCHAR NOT NULL,
    size_bytes BIGINT NOT NULL,
    modified_at TIMESTAMPTZ NOT NULL,
    duration_s DOUBLE NOT NULL,
    recorded_at TIMESTAMPTZ,
    recorded_at_utc_offset_s INTEGER,
    recorded_at_source VARCHAR NOT NULL,
    device VARCHAR,
    audio_codec VARCHAR,
    audio_sample_rate_hz INTEGER,
    audio_channels INTEGER,
    audio_start_s DOUBLE,
    audio_duration_s DOUBLE,
    video_codec VARCHAR,
    video_width_px INTEGER,
    video_height_px INTEGER,
    video_rotation_deg INTEGER,
    video_frame_rate_hz DOUBLE,
    video_start_s DOUBLE,
    video_duration_s DOUBLE,
    indexed_at TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE recordings IS 'One media file each, known by its content; moving the file changes its path only.';
COMMENT ON COLUMN recordings.recording_id IS 'Fingerprint of the content: 32 hexadecimal digits.';
COMMENT ON COLUMN recordings.modified_at IS 'The file''s own time; with path and size it tells an unchanged file.';
COMMENT ON COLUMN recordings.recorded_at IS 'Wall-clock time of the first frame; NULL where unknown.';
COMMENT ON COLUMN recordings.recorded_at_utc_offset_s IS 'The time zone it was recorded in, east of Greenwich.';
COMMENT ON COLUMN recordings.recorded_at_source IS 'container, file name, file time or unknown.';
COMMENT ON COLUMN recordings.video_rotation_deg IS 'Counter-clockwise turn that shows it upright.';
COMMENT ON COLUMN recordings.indexed_at IS 'When it was last added, not when its last slice was committed.';

CREATE TABLE slices (
    recording_id VARCHAR NOT NULL,
    space_id VARCHAR NOT NULL,
    slice_index INTEGER NOT NULL,
    start_s DOUBLE NOT NULL,
    end_s DOUBLE NOT NULL,
    windows INTEGER NOT NULL,
    committed_at TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE slices IS 'The minutes of a recording that are indexed in a space; what is not here is not searched.';
COMMENT ON COLUMN slices.windows IS 'How many windows start in it.';

CREATE TABLE windows (
    recording_id VARCHAR NOT NULL,
    space_id VARCHAR NOT NULL,
    slice_index INTEGER NOT NULL,
    window_index INTEGER NOT NULL,
    start_s DOUBLE NOT NULL,
    end_s DOUBLE NOT NULL,
    loudness_db FLOAT,
    snr_db FLOAT,
    sharpness FLOAT,
    exposure FLOAT
);
COMMENT ON TABLE windows IS 'The spans that can be found, with how good their signal was.';
COMMENT ON COLUMN windows.window_index IS 'Number in the recording; its vector has the same number in the store.';
COMMENT ON COLUMN windows.loudness_db IS 'Level relative to full scale, -120 for silence; NULL unless audio or speech.';
COMMENT ON COLUMN windows.snr_db IS 'Level above the local noise floor; NULL unless audio or speech.';
COMMENT ON COLUMN windows.sharpness IS 'log10(1 + Laplacian variance); blurred below about 1; NULL unless visual.';
COMMENT ON COLUMN windows.exposure IS 'Mean brightness from 0 to 1; NULL unless visual.';

CREATE TABLE levels (
    recording_id VARCHAR NOT NULL,
    slice_index INTEGER NOT NULL,
    start_s DOUBLE NOT NULL,
    hop_s DOUBLE NOT NULL,
    levels_db BLOB NOT NULL
);
COMMENT ON TABLE levels IS 'The sound level along time, from which a moment''s edges are found.';
COMMENT ON COLUMN levels.levels_db IS 'One byte every hop_s seconds: level in dBFS = byte / 2 - 120.';

CREATE TABLE failures (
    path VARCHAR PRIMARY KEY,
    reason VARCHAR NOT NULL,
    remedy VARCHAR NOT NULL,
    size_bytes BIGINT NOT NULL,
    modified_at TIMESTAMPTZ NOT NULL,
    failed_at TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE failures IS 'Files that could not be indexed, and what to do about each.';
"""

CREATE_VIEWS = """
CREATE VIEW recordings_overview AS
SELECT
    path,
    duration_s,
    recorded_at,
    device,
    coalesce(sum(slices.windows) FILTER (modality = 'audio'), 0)::BIGINT AS audio_windows,
    coalesce(sum(slices.windows) FILTER (modality = 'visual'), 0)::BIGINT AS visual_windows,
    coalesce(sum(slices.windows) FILTER (modality = 'speech'), 0)::BIGINT AS speech_windows,
    indexed_at,
    recording_id
FROM recordings LEFT JOIN slices USING (recording_id) LEFT JOIN spaces USING (space_id)
GROUP BY ALL
ORDER BY recorded_at NULLS LAST, path;
COMMENT ON VIEW recordings_overview IS 'What is in the library: one row a recording, in the order they were made.';

CREATE VIEW windows_overview AS
SELECT
    path, modality, start_s, windows.end_s, recorded_at + to_microseconds((start_s * 1e6)::BIGINT) AS seen_at,
    loudness_db, snr_db, sharpness, exposure, model, window_index, recording_id
FROM windows JOIN recordings USING (recording_id) JOIN spaces USING (space_id);
COMMENT ON VIEW windows_overview IS 'Every window with the file and the wall-clock time it is from.';

CREATE VIEW spaces_overview AS
SELECT
    modality, model, layout, dim, hop_s,
    count(DISTINCT recording_id) AS recordings, coalesce(sum(slices.windows), 0)::BIGINT AS windows, space_id
FROM spaces LEFT JOIN slices USING (space_id)
GROUP BY ALL
ORDER BY modality, model;
COMMENT ON VIEW spaces_overview IS 'What each encoder has indexed so far.';
"""

CREATE_FEEDBACK = """
CREATE TABLE feedback (
    query VARCHAR NOT NULL,
    recording_id VARCHAR NOT NULL,
    start_s DOUBLE NOT NULL,
    end_s DOUBLE NOT NULL,
    is_right BOOLEAN NOT NULL,
    session VARCHAR NOT NULL,
    marked_at TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE feedback IS 'Moments that somebody marked as right or wrong for a query.';
COMMENT ON COLUMN feedback.query IS 'The text as it was typed; letter case and spacing do not tell two queries apart.';
COMMENT ON COLUMN feedback.end_s IS 'Seconds from the first frame, not included in the span.';
COMMENT ON COLUMN feedback.is_right IS 'Whether the moment is what the query asked for.';
COMMENT ON COLUMN feedback.session IS 'The search session whose next answers it refines; empty for none.';

CREATE VIEW feedback_overview AS
SELECT query, is_right, path, start_s, end_s, session, marked_at, recording_id
FROM feedback JOIN recordings USING (recording_id)
ORDER BY marked_at, path, start_s;
COMMENT ON VIEW feedback_overview IS 'Every mark with the file that it is in, oldest first.';
"""

ADD_TIME_ZONE = """
ALTER TABLE recordings ADD COLUMN time_zone VARCHAR;
COMMENT ON COLUMN recordings.time_zone IS 'Where it was made, as its owner says: Europe/Berlin; NULL where not set.';
"""

CHOOSE_SPACES = """
ALTER TABLE spaces ADD COLUMN is_default BOOLEAN DEFAULT true;
COMMENT ON COLUMN spaces.is_default IS 'Whether searches use it; one for each modality, for speech also its words.';
"""

CREATE_TRANSCRIPTS = """
CREATE TABLE transcripts (
    recording_id VARCHAR NOT NULL,
    space_id VARCHAR NOT NULL,
    slice_index INTEGER NOT NULL,
    start_s DOUBLE NOT NULL,
    end_s DOUBLE NOT NULL,
    text VARCHAR NOT NULL,
    words STRUCT(start_s DOUBLE, end_s DOUBLE, text VARCHAR, probability FLOAT)[] NOT NULL,
    language VARCHAR NOT NULL,
    confidence FLOAT NOT NULL
);
COMMENT ON TABLE transcripts IS 'What is said, an utterance a row, as the recogniser of the space wrote it down.';
COMMENT ON COLUMN transcripts.words IS 'Each word with its times in the recording; empty where they are not known.';
COMMENT ON COLUMN transcripts.language IS 'ISO 639-1: en.';
COMMENT ON COLUMN transcripts.confidence IS 'How sure the recogniser is, from 0 to 1.';

CREATE VIEW transcripts_overview AS
SELECT
    path, start_s, end_s, recorded_at + to_microseconds((start_s * 1e6)::BIGINT) AS said_at, text, confidence,
    language, recording_id
FROM transcripts JOIN recordings USING (recording_id)
ORDER BY recorded_at NULLS LAST, path, start_s;
COMMENT ON VIEW transcripts_overview IS 'What is said, with the file and the wall-clock time it is from.';
"""

COUNT_DEFAULTS = """
CREATE OR REPLACE VIEW recordings_overview AS
SELECT
    path,
    duration_s,
    recorded_at,
    device,
    coalesce(sum(slices.windows) FILTER (modality = 'audio' AND is_default), 0)::BIGINT AS audio_windows,
    coalesce(sum(slices.windows) FILTER (modality = 'visual' AND is_default), 0)::BIGINT AS visual_windows,
    coalesce(sum(slices.windows) FILTER (modality = 'speech' AND is_default AND model <> 'bm25'), 0)::BIGINT
        AS speech_windows,
    indexed_at,
    recording_id
FROM recordings LEFT JOIN slices USING (recording_id) LEFT JOIN spaces USING (space_id)
GROUP BY ALL
ORDER BY recorded_at NULLS LAST, path;
COMMENT ON VIEW recordings_overview IS 'What can be searched: one row a recording, in the order they were made.';

CREATE OR REPLACE VIEW windows_overview AS
SELECT
    path, modality, start_s, windows.end_s, recorded_at + to_microseconds((start_s * 1e6)::BIGINT) AS seen_at,
    loudness_db, snr_db, sharpness, exposure, model, window_index, recording_id
FROM windows JOIN recordings USING (recording_id) JOIN spaces USING (space_id)
WHERE is_default;
COMMENT ON VIEW windows_overview IS 'Every window that is searched, with the file and the wall-clock time it is from.';

CREATE OR REPLACE VIEW spaces_overview AS
SELECT
    modality, model, is_default, layout, dim, hop_s,
    count(DISTINCT recording_id) AS recordings, coalesce(sum(slices.windows), 0)::BIGINT AS windows, space_id
FROM spaces LEFT JOIN slices USING (space_id)
GROUP BY ALL
ORDER BY modality, is_default DESC, model;
COMMENT ON VIEW spaces_overview IS 'What each encoder has indexed so far, and whether searches use it.';
"""

ADD_CHECKSUMS = """
ALTER TABLE slices ADD COLUMN checksum DOUBLE[4];
COMMENT ON COLUMN slices.checksum IS 'Sums over its vectors, by which an altered one is noticed; NULL if unknown.';
"""

CREATE_FORGOTTEN = """
CREATE TABLE forgotten (
    recording_id VARCHAR NOT NULL,
    start_s DOUBLE NOT NULL,
    end_s DOUBLE NOT NULL,
    forgotten_at TIMESTAMPTZ NOT NULL,
    is_erased BOOLEAN NOT NULL
);
COMMENT ON TABLE forgotten IS 'Spans that stay out of the library, wherever their file goes; `forget --undo` lifts it.';
COMMENT ON COLUMN forgotten.recording_id IS 'Fingerprint of the content, which need not be among the recordings.';
COMMENT ON COLUMN forgotten.end_s IS 'Not included; infinity where the whole recording is forgotten.';
COMMENT ON COLUMN forgotten.is_erased IS 'Whether it was found to be gone from the disk, too.';
"""

CREATE_NOTES = """
CREATE TABLE notes (
    note_id VARCHAR NOT NULL,
    recording_id VARCHAR NOT NULL,
    start_s DOUBLE NOT NULL,
    end_s DOUBLE NOT NULL,
    text VARCHAR NOT NULL,
    tags VARCHAR[] NOT NULL,
    noted_at TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE notes IS 'What somebody wrote about a span of a recording.';
COMMENT ON COLUMN notes.note_id IS 'Digest of recording, span, text and tags: 12 hexadecimal digits.';
COMMENT ON COLUMN notes.end_s IS 'Seconds from the first frame, not included in the span.';
COMMENT ON COLUMN notes.text IS 'Empty where there are tags only.';
COMMENT ON COLUMN notes.tags IS 'Words in lower case, each once.';

CREATE VIEW notes_overview AS
SELECT
    path, start_s, end_s, recorded_at + to_microseconds((start_s * 1e6)::BIGINT) AS seen_at, text, tags, noted_at,
    note_id, recording_id
FROM notes JOIN recordings USING (recording_id)
ORDER BY recorded_at NULLS LAST, path, start_s;
COMMENT ON VIEW notes_overview IS 'What is noted, with the file and the wall-clock time it is about.';
"""

CREATE_SAVED_QUERIES = """
CREATE TABLE saved_queries (name VARCHAR PRIMARY KEY, line VARCHAR NOT NULL, saved_at TIMESTAMPTZ NOT NULL);
COMMENT ON TABLE saved_queries IS 'Queries that somebody named, to ask them again.';
COMMENT ON COLUMN saved_queries.name IS 'As typed; letter case and spacing do not tell two names apart.';
COMMENT ON COLUMN saved_queries.line IS 'Words and conditions as they stand in the query bar.';
"""
