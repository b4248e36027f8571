"""The composer: drafts, held replies, macros, mentions."""
