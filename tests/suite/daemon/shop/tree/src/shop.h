/* When this daemon was last changed on disk. */
long own_time(void);
/* Whether a cache of a daemon of that time may be used. */
int is_fresh(long cached);
