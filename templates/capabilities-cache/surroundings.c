/* What a process can ask for beside its arguments and files. Each `__wrap_NAME` stands for NAME wherever the code under test calls it:
 * in the mood 0 it answers as ever, in any other as that mood has it. Who asked is remembered. */
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

/* Texts and numbers that the code names itself: what it may look for. Others stand behind them. */
static const char *surrounding_words[80];
static int surrounding_count;
static int surrounding_rounds;
static int surrounding_mood;
static unsigned long surrounding_asked;

enum { SURROUNDING_ENV, SURROUNDING_TIME, SURROUNDING_PROCESS, SURROUNDING_USER, SURROUNDING_CHANCE, SURROUNDING_MACHINE, SURROUNDING_NAMES };
static const char *const surrounding_names[] = {
    "the-environment", "the-time", "the-process", "the-user", "chance", "the-machine",
};

/* Takes over what the program was given; whoever asks finds nothing of it. */
static void surrounding_begin(void)
{
    static const char *const usual[] = { "1", "0", "yes", "" };
    const char *rounds = getenv("ROUNDS"), *words = getenv("WORDS");
    char *rest = NULL, *all = strdup(words ? words : "");

    for (char *word = strtok_r(all, " ", &rest); word && surrounding_count < 64; word = strtok_r(NULL, " ", &rest))
        surrounding_words[surrounding_count++] = word;
    for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
        surrounding_words[surrounding_count++] = usual[i];
    surrounding_rounds = rounds ? atoi(rounds) : 0;
    unsetenv("ROUNDS");
    unsetenv("WORDS");
}

/* Moods are numbered from 1: one for each word, and some that no word tells of. */
static int surrounding_moods(void)
{
    return surrounding_count + 8;
}

/* The length of the name of a variable that a word begins with, alone or before a `=`; 0 where it does not. */
static size_t surrounding_variable(const char *word)
{
    size_t length = strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789");

    if (word[length] && word[length] != '=')
        return 0;
    return strpbrk(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_=") ? length : 0;
}

/* Whether the code names a variable: it may look for it without asking anybody. */
static int surrounding_is_named(void)
{
    for (int i = 0; i < surrounding_count; i++) {
        if (surrounding_variable(surrounding_words[i]) > 0)
            return 1;
    }
    return 0;
}

/* Puts a process into a mood. */
static void surrounding_enter(int mood)
{
    surrounding_mood = mood;
    for (int i = 0; mood > 0 && mood <= surrounding_count && i < surrounding_count; i++) {
        size_t length = surrounding_variable(surrounding_words[i]);
        char name[64];

        if (length > 0 && length < sizeof(name)) {
            snprintf(name, sizeof(name), "%.*s", (int) length, surrounding_words[i]);
            setenv(name, surrounding_words[mood - 1], 1);
        }
    }
}

static void surrounding_note(int what)
{
    surrounding_asked |= 1ul << what;
}

static char *surrounding_text(void)
{
    return surrounding_mood <= surrounding_count ? (char *) surrounding_words[surrounding_mood - 1] : NULL;
}

/* A number from 0 to `most` that differs from mood to mood, and is the same for all who ask in one. */
static long long surrounding_number(int what, long long most)
{
    unsigned long long state = (unsigned long long) (surrounding_mood * 64 + what) * 6364136223846793005ull + 1442695040888963407ull;
    long long named = surrounding_mood <= surrounding_count ? atoll(surrounding_words[surrounding_mood - 1]) : 0;

    if (named > 0 && named <= most)
        return named;
    if (surrounding_mood == surrounding_count + 1)
        return 0;
    if (surrounding_mood == surrounding_count + 2)
        return most;
    state = (state ^ (state >> 29)) * 0xbf58476d1ce4e5b9ull;
    return (long long) ((state >> 20) % (unsigned long long) most);
}

#define SURROUNDING_TEXT(name) \
    char *__real_##name(const char *variable); \
    char *__wrap_##name(const char *variable); \
    char *__wrap_##name(const char *variable) \
    { \
        surrounding_note(SURROUNDING_ENV); \
        return surrounding_mood ? surrounding_text() : __real_##name(variable); \
    }
SURROUNDING_TEXT(getenv)
SURROUNDING_TEXT(secure_getenv)

const char *__wrap_g_getenv(const char *variable);
const char *__wrap_g_getenv(const char *variable)
{
    return __wrap_getenv(variable);
}

#define SURROUNDING_NUMBER(name, type, what, most) \
    type __real_##name(void); \
    type __wrap_##name(void); \
    type __wrap_##name(void) \
    { \
        surrounding_note(what); \
        return surrounding_mood ? (type) surrounding_number(what, most) : __real_##name(); \
    }
SURROUNDING_NUMBER(getpid, pid_t, SURROUNDING_PROCESS, 4194304)
SURROUNDING_NUMBER(getppid, pid_t, SURROUNDING_PROCESS, 4194304)
SURROUNDING_NUMBER(getuid, uid_t, SURROUNDING_USER, 65534)
SURROUNDING_NUMBER(geteuid, uid_t, SURROUNDING_USER, 65534)
SURROUNDING_NUMBER(getgid, gid_t, SURROUNDING_USER, 65534)
SURROUNDING_NUMBER(getegid, gid_t, SURROUNDING_USER, 65534)
SURROUNDING_NUMBER(rand, int, SURROUNDING_CHANCE, RAND_MAX)
SURROUNDING_NUMBER(random, long, SURROUNDING_CHANCE, RAND_MAX)
SURROUNDING_NUMBER(lrand48, long, SURROUNDING_CHANCE, RAND_MAX)
SURROUNDING_NUMBER(clock, clock_t, SURROUNDING_TIME, INT_MAX)

double __wrap_drand48(void);
double __wrap_drand48(void)
{
    return (double) __wrap_random() / ((double) RAND_MAX + 1);
}

unsigned int __wrap_g_random_int(void);
unsigned int __wrap_g_random_int(void)
{
    return (unsigned int) __wrap_random();
}

/* Seconds since 1970, up to the year 2106. */
static long long surrounding_seconds(long long now)
{
    surrounding_note(SURROUNDING_TIME);
    return surrounding_mood ? surrounding_number(SURROUNDING_TIME, UINT_MAX) : now;
}

time_t __real_time(time_t *place);
time_t __wrap_time(time_t *place);
time_t __wrap_time(time_t *place)
{
    time_t now = (time_t) surrounding_seconds(__real_time(NULL));

    if (place)
        *place = now;
    return now;
}

int __real_gettimeofday(struct timeval *now, void *zone);
int __wrap_gettimeofday(struct timeval *now, void *zone);
int __wrap_gettimeofday(struct timeval *now, void *zone)
{
    int result = __real_gettimeofday(now, zone);

    if (now)
        now->tv_sec = (time_t) surrounding_seconds(now->tv_sec);
    return result;
}

int __real_clock_gettime(clockid_t clock, struct timespec *now);
int __wrap_clock_gettime(clockid_t clock, struct timespec *now);
int __wrap_clock_gettime(clockid_t clock, struct timespec *now)
{
    int result = __real_clock_gettime(clock, now);

    if (result == 0)
        now->tv_sec = (time_t) surrounding_seconds(now->tv_sec);
    return result;
}

int64_t __wrap_g_get_real_time(void);
int64_t __wrap_g_get_real_time(void)
{
    return (int64_t) __wrap_time(NULL) * 1000000;
}

int64_t __wrap_g_get_monotonic_time(void);
int64_t __wrap_g_get_monotonic_time(void)
{
    return (int64_t) __wrap_time(NULL) * 1000000;
}

/* What the machine is called: a word, or that of a mood. */
static const char *surrounding_machine(void)
{
    static char name[32];
    const char *word = surrounding_text();

    if (word && *word)
        return word;
    snprintf(name, sizeof(name), "%c-%d", 'a' + surrounding_mood % 26, surrounding_mood);
    return name;
}

int __real_gethostname(char *name, size_t size);
int __wrap_gethostname(char *name, size_t size);
int __wrap_gethostname(char *name, size_t size)
{
    surrounding_note(SURROUNDING_MACHINE);
    if (!surrounding_mood)
        return __real_gethostname(name, size);
    snprintf(name, size, "%s", surrounding_machine());
    return 0;
}

const char *__wrap_g_get_host_name(void);
const char *__wrap_g_get_host_name(void)
{
    static char name[256];

    return __wrap_gethostname(name, sizeof(name)) < 0 ? "localhost" : name;
}

int __real_uname(struct utsname *about);
int __wrap_uname(struct utsname *about);
int __wrap_uname(struct utsname *about)
{
    int result = __real_uname(about);

    surrounding_note(SURROUNDING_MACHINE);
    if (surrounding_mood && result == 0) {
        snprintf(about->nodename, sizeof(about->nodename), "%s", surrounding_machine());
        snprintf(about->release, sizeof(about->release), "%d.%d", surrounding_mood, surrounding_mood);
    }
    return result;
}

long __real_sysconf(int what);
long __wrap_sysconf(int what);
long __wrap_sysconf(int what)
{
    long real = __real_sysconf(what);

    /* The sizes that memory comes in are no answer to decide by, and others rest on them. */
    if (what != _SC_NPROCESSORS_ONLN && what != _SC_NPROCESSORS_CONF && what != _SC_PHYS_PAGES)
        return real;
    surrounding_note(SURROUNDING_MACHINE);
    return surrounding_mood ? 1 + (long) surrounding_number(SURROUNDING_MACHINE, 512) : real;
}

int __real_isatty(int file);
int __wrap_isatty(int file);
int __wrap_isatty(int file)
{
    surrounding_note(SURROUNDING_PROCESS);
    return surrounding_mood ? surrounding_mood % 2 : __real_isatty(file);
}

char *__real_getlogin(void);
char *__wrap_getlogin(void);
char *__wrap_getlogin(void)
{
    surrounding_note(SURROUNDING_USER);
    return surrounding_mood ? surrounding_text() : __real_getlogin();
}
