"""Live sources: what happens can be searched while it happens.

    source -> packets -> part on the disk, as they came
                      -> sound and pictures -> windows -> tail in memory

A live source is written down in *parts*, files like those of any camera. What a part shows is encoded window by window,
and the windows are kept in the memory of the process that owns the library, as the *tail*: every search sees the
library with the tail at its end (`joining`), as if it were indexed already. When a part is full its file is indexed as
any file is, and then the tail forgets it. So the library never holds half a recording, a recording has its own
fingerprint from its first row on, and what a kill leaves behind is a file that the next run indexes.

Indexing a part anew costs a thirtieth of its length; what it buys is that live recordings are indexed exactly like
others, speech and slow encoders included, whatever was lost while they were live.

`part` collects the windows of one part, `tail` holds the parts that are not in the library yet, `joining` lays them
behind a scan, `stream` follows a source.
"""
